/** One option's text to its value, or the rule that the text breaks. Rules between options are in check.ts. */
import { unreachable } from '../base/assert.ts';
import type { ClusterMember } from './config.ts';
import { parseDuration, showDuration } from './duration.ts';
import { parseInitialCluster } from './initial-cluster.ts';
import type { OptionSpec } from './option-spec.ts';
import { OPTION_NAMES, type OPTIONS, type OptionName, optionSpec } from './options.ts';
import { badConfig, good, type Result, type Setting } from './setting.ts';
import { parseUrls } from './urls.ts';

type ValueOf<Type extends OptionSpec['type']> = {
	readonly text: string;
	readonly choice: string;
	readonly boolean: boolean;
	readonly integer: number;
	/** In milliseconds. */
	readonly duration: number;
	readonly urls: readonly string[];
	readonly cluster: readonly ClusterMember[];
}[Type];
type AnyValue = ValueOf<OptionSpec['type']>;
type Table = typeof OPTIONS;
export type Values = {
	readonly [Name in OptionName]: Table[Name] extends { readonly choices: readonly (infer Choice)[] } ? Choice : ValueOf<Table[Name]['type']>;
};

type Parsed = { readonly ok: true; readonly value: AnyValue } | { readonly ok: false; readonly rule: string };

const TEXT_CHARACTERS_MAX = 4096;
const SHOWN_CHARACTERS_MAX = 80;

/** Every option's value: the one set, else the default. */
export function readValues(settings: readonly Setting[]): Result<Values> {
	const texts = new Map(settings.map((setting) => [setting.name, setting]));
	const values: Partial<Record<OptionName, AnyValue>> = {};
	for (const name of OPTION_NAMES) {
		const setting = texts.get(name);
		const spec = optionSpec(name);
		const text = setting?.text ?? String(spec.default);
		const parsed = parseValue(spec, text);
		if (!parsed.ok) {
			return badConfig(`${setting?.label ?? name}: ${quoteShort(text)} ${parsed.rule}`);
		}
		values[name] = parsed.value;
	}
	return good(values as Values);
}

export function quoteShort(text: string): string {
	return JSON.stringify(text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text);
}

function parseValue(spec: OptionSpec, text: string): Parsed {
	switch (spec.type) {
		case 'text':
			return parseText(text);
		case 'choice':
			return spec.choices.includes(text) ? { ok: true, value: text } : { ok: false, rule: `must be ${oneOf(spec.choices)}` };
		case 'boolean':
			return parseBoolean(text);
		case 'integer':
			return parseInteger(spec, text);
		case 'duration':
			return parseTime(spec, text);
		case 'urls': {
			const parsed = text === '' && spec.default === '' ? { ok: true as const, urls: [] } : parseUrls(text, spec.use);
			return parsed.ok ? { ok: true, value: parsed.urls } : parsed;
		}
		case 'cluster': {
			const parsed = text === '' ? { ok: true as const, members: [] } : parseInitialCluster(text);
			return parsed.ok ? { ok: true, value: parsed.members } : parsed;
		}
		default:
			return unreachable(spec);
	}
}

function parseText(text: string): Parsed {
	if (text.length > TEXT_CHARACTERS_MAX) {
		return { ok: false, rule: `must have at most ${TEXT_CHARACTERS_MAX} characters` };
	}
	return /\p{Cc}/u.test(text) ? { ok: false, rule: 'must not contain control characters' } : { ok: true, value: text };
}

/** The spellings that Go's strconv.ParseBool takes. */
function parseBoolean(text: string): Parsed {
	if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) {
		return { ok: true, value: true };
	}
	return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? { ok: true, value: false } : { ok: false, rule: 'must be true or false' };
}

function parseInteger(spec: { readonly min: number; readonly max: number; readonly unit: string }, text: string): Parsed {
	const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
	if (value >= spec.min && value <= spec.max) {
		return { ok: true, value };
	}
	return { ok: false, rule: `must be a whole number from ${spec.min} to ${spec.max} (${spec.unit})` };
}

function parseTime(spec: { readonly min: number; readonly max: number }, text: string): Parsed {
	const value = parseDuration(text);
	if (value !== null && value >= spec.min && value <= spec.max) {
		return { ok: true, value };
	}
	return { ok: false, rule: `must be a time such as 1m30s, from ${showDuration(spec.min)} to ${showDuration(spec.max)}` };
}

function oneOf(choices: readonly string[]): string {
	return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
}
