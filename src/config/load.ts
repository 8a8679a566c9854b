/**
 * From what a person typed to what the daemon should do. Pure: arguments, environment and the file reader come in. Used by cli/main.ts only.
 * Precedence is etcd's: a configuration file replaces everything else; the same option as flag and as variable is an error.
 */
import { EXIT_CODES } from '../base/fatal.ts';
import { ETCD_API_VERSION, QUORATE_VERSION } from '../base/version.ts';
import { checkSettings } from './check.ts';
import type { Config } from './config.ts';
import { helpText } from './help.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { readFileSettings } from './read-file.ts';
import { readFlags } from './read-flags.ts';
import { badConfig, type ConfigProblem, type ForeignSetting, good, type Result, type Setting, type Settings } from './setting.ts';
import { quoteShort, readValues } from './values.ts';

/** The file's text, or why there is none. */
export type ReadFile = (path: string) => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

export type Loaded =
	| { readonly kind: 'serve'; readonly config: Config; readonly settings: readonly Setting[]; readonly warnings: readonly string[] }
	| { readonly kind: 'help' | 'version'; readonly text: string }
	| { readonly kind: 'error'; readonly exitCode: number; readonly line: string };

/** argv: without node and the script. warnings are lines for the log. */
export function loadConfig(argv: readonly string[], environment: Environment, readFile: ReadFile): Loaded {
	const flags = readFlags(argv);
	if (!flags.ok) {
		return toError(flags.problem);
	}
	const asked = flags.value.own.filter(({ name }) => name === 'help' || name === 'version');
	const asksFor = readValues(asked);
	if (!asksFor.ok) {
		return toError(asksFor.problem);
	}
	if (asksFor.value.help) {
		return { kind: 'help', text: helpText() };
	}
	if (asksFor.value.version) {
		return { kind: 'version', text: `quorate Version: ${QUORATE_VERSION}\netcd Version: ${ETCD_API_VERSION}\n` };
	}
	const gathered = gather(flags.value, environment, readFile);
	if (!gathered.ok) {
		return toError(gathered.problem);
	}
	const { settings, warnings } = gathered.value;
	const refused = settings.foreign.find(({ option, text }) => option.refused && text !== '' && !option.harmless.includes(text));
	if (refused !== undefined) {
		return toError({ exit: 'bad_config', line: `${refused.label}: ${quoteShort(refused.text)} is refused: ${refused.option.why}` });
	}
	const checked = checkSettings(settings.own);
	if (!checked.ok) {
		return toError(checked.problem);
	}
	return {
		kind: 'serve',
		config: checked.value.config,
		settings: settings.own,
		warnings: [...warnings, ...settings.foreign.flatMap(ignoredLine), ...checked.value.warnings],
	};
}

interface Gathered {
	readonly settings: Settings;
	readonly warnings: readonly string[];
}

function gather(flags: Settings, environment: Environment, readFile: ReadFile): Result<Gathered> {
	const variables = readEnvironment(environment);
	const path = flags.own.find(({ name }) => name === 'config-file')?.text || environment['ETCD_CONFIG_FILE'] || '';
	if (path !== '') {
		const file = readFile(path);
		if (!file.ok) {
			return badConfig(`--config-file: ${quoteShort(path)} cannot be read: ${file.problem}`);
		}
		const settings = readFileSettings(path, file.text);
		return settings.ok ? good({ settings: settings.value, warnings: shadowedByFile(path, flags, variables) }) : settings;
	}
	const flagLabels = new Map<string, string>([
		...flags.own.map(({ name, label }) => [name, label] as const),
		...flags.foreign.map(({ option, label }) => [option.name, label] as const),
	]);
	for (const { name, label } of [...variables.own, ...variables.foreign.map(({ option, label }) => ({ name: option.name, label }))]) {
		const flag = flagLabels.get(name);
		if (flag !== undefined) {
			return badConfig(`${flag}: is also set by ${label}: an option may be given as a flag or in the environment, not both`);
		}
	}
	const settings = { own: [...flags.own, ...variables.own], foreign: [...flags.foreign, ...variables.foreign], unknown: variables.unknown };
	return good({ settings, warnings: settings.unknown.map((name) => `unrecognized environment variable ${name}`) });
}

function shadowedByFile(path: string, flags: Settings, variables: Settings): string[] {
	const shadowed = [...flags.own, ...flags.foreign, ...variables.own, ...variables.foreign]
		.map(({ label }) => label)
		.filter((label) => label !== '--config-file');
	return shadowed.length === 0 ? [] : [`--config-file: ${path} is used, so these are ignored: ${shadowed.join(', ')}`];
}

/** A refused option with a harmless value needs no words. */
function ignoredLine({ option, label }: ForeignSetting): string[] {
	return option.refused ? [] : [`${label}: ignored: ${option.why}`];
}

function toError({ exit, line }: ConfigProblem): Loaded {
	return { kind: 'error', exitCode: EXIT_CODES[exit], line: `quorate: ${line.replaceAll('\n', ' ')}` };
}
