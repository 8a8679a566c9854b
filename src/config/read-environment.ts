/** Reads ETCD_* (and QUORATE_* for quorate's own options). An empty variable counts as unset, as in etcd. */
import { foreignOption, foreignOptionNames } from './foreign-options.ts';
import { ALIASES, environmentName, OPTION_NAMES, type OptionName, optionSpec } from './options.ts';
import type { ForeignSetting, Setting, Settings } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const OPTION_BY_VARIABLE: ReadonlyMap<string, OptionName> = new Map([
	...OPTION_NAMES.filter((name) => optionSpec(name).flagOnly !== true).map((name) => [environmentName(name), name] as const),
	...[...ALIASES].map(([older, name]) => [variableOf(older), name] as const),
]);
const FOREIGN_BY_VARIABLE: ReadonlyMap<string, string> = new Map(foreignOptionNames().map((name) => [variableOf(name), name]));
/** Read elsewhere: by loadConfig; by etcd's own start-up, where it means nothing here. */
const NOT_OPTIONS: ReadonlySet<string> = new Set(['ETCD_CONFIG_FILE', 'ETCD_UNSUPPORTED_ARCH']);

/** Of a name of etcd's that is in no row of the table. */
function variableOf(name: string): string {
	return `ETCD_${name.toUpperCase().replaceAll('-', '_')}`;
}

export function readEnvironment(environment: Environment): Settings {
	const own: Setting[] = [];
	const foreign: ForeignSetting[] = [];
	const unknown: string[] = [];
	for (const [variable, text] of Object.entries(environment)) {
		if (text === undefined || text === '' || !/^(ETCD|QUORATE)_/.test(variable) || NOT_OPTIONS.has(variable)) {
			continue;
		}
		const name = OPTION_BY_VARIABLE.get(variable);
		const stranger = foreignOption(FOREIGN_BY_VARIABLE.get(variable) ?? '');
		if (name !== undefined) {
			own.push({ name, text, label: variable });
		} else if (stranger !== null) {
			foreign.push({ option: stranger, text, label: variable });
		} else {
			unknown.push(variable);
		}
	}
	return { own, foreign, unknown };
}
