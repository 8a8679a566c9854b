/** Reads the command line by the rules of Go's flag package, which etcd's users know: --name value, --name=value, one dash or two. */
import { foreignOption } from './foreign-options.ts';
import { currentName, isOptionName, type OptionName, optionSpec } from './options.ts';
import { badFlag, type ForeignSetting, good, type Result, type Setting, type Settings } from './setting.ts';

/** argv: without the program's own name. Of a flag given twice the last one counts, as in Go. */
export function readFlags(argv: readonly string[]): Result<Settings> {
	const own = new Map<OptionName, Setting>();
	const foreign = new Map<string, ForeignSetting>();
	for (let i = 0; i < argv.length; i++) {
		const word = argv[i] ?? '';
		if (word === '--' && i === argv.length - 1) {
			break;
		}
		const split = /^--?([a-zA-Z0-9][^=]*)(?:=([\s\S]*))?$/.exec(word);
		if (split === null) {
			return badFlag(`unexpected argument ${JSON.stringify(word)}: every option is a flag (--name value); a boolean is turned off by --flag=false`);
		}
		const given = split[1] === 'h' ? 'help' : (split[1] ?? '');
		const name = currentName(given);
		const isBoolean = isBooleanFlag(name);
		if (isBoolean === null) {
			return badFlag(`unknown flag --${given}: see quorate --help`);
		}
		let text = split[2];
		if (text === undefined && isBoolean) {
			text = 'true';
		} else if (text === undefined) {
			i++;
			text = argv[i];
		}
		if (text === undefined) {
			return badFlag(`flag --${given} needs a value`);
		}
		const label = `--${given}`;
		const stranger = foreignOption(name);
		if (isOptionName(name)) {
			own.set(name, { name, text, label });
		} else if (stranger !== null) {
			foreign.set(name, { option: stranger, text, label });
		}
	}
	return good({ own: [...own.values()], foreign: [...foreign.values()], unknown: [] });
}

/** null: no such flag. */
function isBooleanFlag(name: string): boolean | null {
	return isOptionName(name) ? optionSpec(name).type === 'boolean' : (foreignOption(name)?.boolean ?? null);
}
