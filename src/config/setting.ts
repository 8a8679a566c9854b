/** What every reader of the configuration (flags, environment, file) produces: a name, the words given for it, and where they stood. */
import type { ForeignOption } from './foreign-options.ts';
import type { OptionName } from './options.ts';

export interface Setting {
	readonly name: OptionName;
	readonly text: string;
	/** How an error names it: --name, ETCD_NAME, or name (in FILE). */
	readonly label: string;
}

/** One of etcd's options that quorate does not have. */
export interface ForeignSetting {
	readonly option: ForeignOption;
	readonly text: string;
	readonly label: string;
}

export interface Settings {
	readonly own: readonly Setting[];
	readonly foreign: readonly ForeignSetting[];
	/** Names that look like options and are in no table (environment only). */
	readonly unknown: readonly string[];
}

/** A mistake of whoever configured the daemon: one line that names the option, its value and the rule. */
export interface ConfigProblem {
	readonly exit: 'bad_flag' | 'bad_config';
	readonly line: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ConfigProblem };

export function good<T>(value: T): Result<T> {
	return { ok: true, value };
}

export function badFlag(line: string): { readonly ok: false; readonly problem: ConfigProblem } {
	return { ok: false, problem: { exit: 'bad_flag', line } };
}

export function badConfig(line: string): { readonly ok: false; readonly problem: ConfigProblem } {
	return { ok: false, problem: { exit: 'bad_config', line } };
}
