/** What `quorate config check` prints: every option with the value that counts and its source, as a configuration file. Secrets are left out. */
import type { Config } from './config.ts';
import { OPTION_NAMES, type OptionName, optionSpec } from './options.ts';
import type { Setting } from './setting.ts';

export interface Effective {
	readonly config: Config;
	readonly settings: readonly Setting[];
	readonly warnings: readonly string[];
}

const SECRETS: ReadonlySet<string> = new Set(['discovery-password']);
const SOURCE_COLUMN = 48;

export function effectiveText({ config, settings, warnings }: Effective): string {
	const given = new Map(settings.map((setting) => [setting.name, setting]));
	const names = OPTION_NAMES.filter((name) => optionSpec(name).flagOnly !== true);
	const lines = names.map((name) => {
		const setting = given.get(name);
		const line = `${name}: ${shown(name, setting, config)}`;
		return `${line.padEnd(SOURCE_COLUMN - 1)} # ${setting === undefined ? 'default' : setting.label}\n`;
	});
	return `${lines.join('')}${warnings.map((warning) => `# ${warning}\n`).join('')}`;
}

function shown(name: OptionName, setting: Setting | undefined, config: Config): string {
	const spec = optionSpec(name);
	const text = setting?.text ?? '';
	if (SECRETS.has(name) && text !== '') {
		return '"***"';
	}
	if (name === 'data-dir') {
		return quoted(config.dataDir);
	}
	if (name === 'initial-cluster') {
		return quoted(config.initialCluster.flatMap((member) => member.urls.map((url) => `${member.name}=${url}`)).join(','));
	}
	const value = setting?.text ?? String(spec.default);
	return spec.type === 'integer' || spec.type === 'boolean' ? value : quoted(value);
}

/** A string of JSON is one of YAML. */
function quoted(text: string): string {
	return JSON.stringify(text);
}
