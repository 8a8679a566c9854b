/** The parameters of /v2/keys, typed and checked in etcd's order, so that of several mistakes the same one is reported (1.2, 1.5). */
import type { V2ErrorName } from '../../v2/errors.ts';
import type { Form } from './form.ts';

export interface Parameters {
	readonly value: string;
	readonly dir: boolean;
	readonly recursive: boolean;
	readonly quorum: boolean;
	readonly wait: boolean;
	readonly stream: boolean;
	/** 0: not given. */
	readonly waitIndex: bigint;
	/** Empty: not given. */
	readonly prevValue: string;
	/** 0: not given. */
	readonly prevIndex: bigint;
	readonly prevExist: boolean | null;
	readonly noValueOnSuccess: boolean;
	/** Seconds; null: not given, or given empty. */
	readonly ttl: bigint | null;
	readonly refresh: boolean;
}

export type Parsed =
	| { readonly ok: true; readonly parameters: Parameters }
	| { readonly ok: false; readonly error: V2ErrorName; readonly cause: string };

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const UINT64_END = 2n ** 64n;
const UINT64_DIGITS = 20;

/** Thrown and caught in this file only: the first bad parameter. */
class BadParameter {
	readonly error: V2ErrorName;
	readonly cause: string;
	constructor(error: V2ErrorName, cause: string) {
		this.error = error;
		this.cause = cause;
	}
}

export function parseParameters(method: string, form: Form): Parsed {
	try {
		return { ok: true, parameters: readAll(method, form) };
	} catch (thrown) {
		if (thrown instanceof BadParameter) {
			return { ok: false, error: thrown.error, cause: thrown.cause };
		}
		throw thrown;
	}
}

function readAll(method: string, form: Form): Parameters {
	if (form.error !== null) {
		throw new BadParameter('invalid_form', form.error);
	}
	const { values } = form;
	const prevIndex = readNumber(values, 'prevIndex', 'index_not_a_number') ?? 0n;
	const waitIndex = readNumber(values, 'waitIndex', 'index_not_a_number') ?? 0n;
	const recursive = readFlag(values, 'recursive');
	readFlag(values, 'sorted');
	const wait = readFlag(values, 'wait');
	const dir = readFlag(values, 'dir');
	const quorum = readFlag(values, 'quorum');
	const stream = readFlag(values, 'stream');
	if (wait && method !== 'GET') {
		throw new BadParameter('invalid_field', '"wait" can only be used with GET requests');
	}
	const prevValue = values.get('prevValue');
	if (prevValue === '') {
		throw new BadParameter('prev_value_required', '"prevValue" cannot be empty');
	}
	const noValueOnSuccess = readFlag(values, 'noValueOnSuccess');
	const ttl = values.get('ttl') === '' ? null : readNumber(values, 'ttl', 'ttl_not_a_number');
	const prevExist = values.has('prevExist') ? readFlag(values, 'prevExist', 'invalid value for prevExist') : null;
	const refresh = values.has('refresh') && readFlag(values, 'refresh', 'invalid value for refresh');
	const value = values.get('value') ?? '';
	if (refresh && value !== '') {
		throw new BadParameter('refresh_value', 'A value was provided on a refresh');
	}
	if (refresh && ttl === null) {
		throw new BadParameter('refresh_ttl_required', 'No TTL value set');
	}
	return { value, dir, recursive, quorum, wait, stream, waitIndex, prevValue: prevValue ?? '', prevIndex, prevExist, noValueOnSuccess, ttl, refresh };
}

/** Go's ParseBool: a flag that is given without a value is an error too. */
function readFlag(values: Form['values'], name: string, cause = `invalid value for "${name}"`): boolean {
	const text = values.get(name);
	if (text === undefined || FALSE.has(text)) {
		return false;
	}
	if (!TRUE.has(text)) {
		throw new BadParameter('invalid_field', cause);
	}
	return true;
}

/** Go's ParseUint of 64 bits; null: not given. */
function readNumber(values: Form['values'], name: string, error: V2ErrorName): bigint | null {
	const text = values.get(name);
	if (text === undefined) {
		return null;
	}
	const digits = /^0*([0-9]*)$/.exec(text)?.[1];
	// The length is looked at first: reading a number of a million digits takes minutes.
	if (text === '' || digits === undefined || digits.length > UINT64_DIGITS || BigInt(digits) >= UINT64_END) {
		throw new BadParameter(error, `invalid value for "${name}"`);
	}
	return BigInt(digits);
}
