/** Reads a configuration file in etcd's form: YAML or JSON, one flat map of flag names, and a few maps for TLS and discovery. */
import { parseDocument } from 'yaml';
import { readDiscoveryMap } from './discovery-file.ts';
import { foreignOption } from './foreign-options.ts';
import { currentName, isOptionName, type OptionName, optionSpec } from './options.ts';
import { isSecurityMap, readSecurityMap } from './security-file.ts';
import { badConfig, type ForeignSetting, good, type Result, type Setting, type Settings } from './setting.ts';

const FILE_CHARACTERS_MAX = 2 ** 20;
const DISCOVERY_MAP = 'discovery-config';
/** Flags with commas, and in files lists. */
const LIST_OPTIONS: readonly string[] = ['cipher-suites', 'log-outputs'];

/** path is for messages only. A key without a value keeps its default. */
export function readFileSettings(path: string, content: string): Result<Settings> {
	if (content.length > FILE_CHARACTERS_MAX) {
		return badConfig(`--config-file ${path}: has ${content.length} characters, at most ${FILE_CHARACTERS_MAX} are read`);
	}
	const document = parseDocument(content, { prettyErrors: false, logLevel: 'silent' });
	const mistake = document.errors[0];
	if (mistake !== undefined) {
		return badConfig(`--config-file ${path}: is not YAML: ${mistake.message.split('\n')[0]} (at character ${mistake.pos[0]})`);
	}
	const root: unknown = document.toJS();
	if (root === null || root === undefined) {
		return good({ own: [], foreign: [], unknown: [] });
	}
	if (!isMap(root)) {
		return badConfig(`--config-file ${path}: must be a map of options, such as "name: m1"`);
	}
	return readMap(path, root);
}

function readMap(path: string, root: Readonly<Record<string, unknown>>): Result<Settings> {
	const own: Setting[] = [];
	const foreign: ForeignSetting[] = [];
	for (const [given, value] of Object.entries(root)) {
		const label = `${given} (in ${path})`;
		const key = currentName(given);
		const stranger = foreignOption(key);
		if (value === null) {
			if (!isFileKey(key)) {
				return unknownKey(path, key);
			}
		} else if (key === DISCOVERY_MAP) {
			const read = readDiscoveryMap(path, value);
			if ('unknown' in read) {
				return unknownKey(path, `${key}.${read.unknown}`);
			}
			own.push(...read.settings);
		} else if (isSecurityMap(key)) {
			const read = readSecurityMap(path, key, value);
			if ('problem' in read) {
				return badConfig(read.problem);
			}
			own.push(...read.settings);
		} else if (stranger !== null) {
			foreign.push({ option: stranger, text: flatText(value), label });
		} else if (isOptionName(key) && isFileKey(key)) {
			const text = LIST_OPTIONS.includes(key) && Array.isArray(value) ? flatText(value) : scalarText(optionSpec(key).type, value);
			if (text === null) {
				return badConfig(`${label}: ${JSON.stringify(value)} must be ${kindOf(key)}`);
			}
			own.push({ name: key, text, label });
		} else {
			return unknownKey(path, key);
		}
	}
	return good({ own, foreign, unknown: [] });
}

function unknownKey(path: string, key: string): Result<Settings> {
	return badConfig(`--config-file ${path}: unknown key ${JSON.stringify(key)}: keys are the names of the flags without dashes in front`);
}

function isFileKey(key: string): boolean {
	if (isOptionName(key)) {
		return optionSpec(key).flagOnly !== true;
	}
	return foreignOption(key) !== null || isSecurityMap(key) || key === DISCOVERY_MAP;
}

function kindOf(name: OptionName): string {
	const { type } = optionSpec(name);
	return type === 'integer' ? 'a number' : type === 'boolean' ? 'true or false' : 'text; put it in quotes';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In etcd's files a duration is a number of nanoseconds. A fraction given for a text (name: 1.10) may have lost digits in the reading, so it must be quoted. */
function scalarText(type: string, value: unknown): string | null {
	if (typeof value === 'number') {
		const isWhole = Number.isSafeInteger(value);
		return type === 'duration' && isWhole ? `${value}ns` : type === 'integer' || isWhole ? String(value) : null;
	}
	return typeof value === 'string' || (typeof value === 'boolean' && type === 'boolean') ? String(value) : null;
}

function flatText(value: unknown): string {
	if (Array.isArray(value)) {
		return value.map(String).join(',');
	}
	return isMap(value) ? JSON.stringify(value) : String(value);
}
