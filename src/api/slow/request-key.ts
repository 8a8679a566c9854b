/**
 * The first key that a request of etcdserverpb.KV names, as text, by the fields' numbers alone: what is kept of a slow request is its beginning, which
 * no decoder would take. Of other services nothing is read: requests of Auth hold passwords. Used by slow-calls.ts.
 */

const KEY_BYTES_MAX = 128;
/** Field 1 of RangeRequest, PutRequest and DeleteRangeRequest is the key. */
const BY_KEY: ReadonlySet<string> = new Set(['Range', 'RangeStream', 'Put', 'DeleteRange']);
/** Of a TxnRequest: compares, and what is done then and else. */
const TXN_PARTS: ReadonlySet<number> = new Set([1, 2, 3]);
const COMPARE_KEY = 3;
const COMPARE = 1;
const LENGTH_DELIMITED = 2;
const VARINT = 0;
const TEXT = new TextDecoder();

interface Field {
	readonly number: number;
	readonly bytes: Uint8Array;
}

/** method: `/etcdserverpb.KV/Put`. Empty: it names none, or the beginning does not show it. */
export function keyOf(method: string, request: Uint8Array): string {
	const [, service, name = ''] = method.split('/');
	if (service !== 'etcdserverpb.KV') {
		return '';
	}
	if (BY_KEY.has(name)) {
		return show(find(request, 1));
	}
	return name === 'Txn' ? show(keyOfTxn(request)) : '';
}

function keyOfTxn(request: Uint8Array): Uint8Array | null {
	for (const { number, bytes } of fieldsOf(request)) {
		if (!TXN_PARTS.has(number)) {
			continue;
		}
		if (number === COMPARE) {
			return find(bytes, COMPARE_KEY);
		}
		// An operation has one field, a request of its own, whose first is the key.
		for (const operation of fieldsOf(bytes)) {
			return find(operation.bytes, 1);
		}
	}
	return null;
}

function find(message: Uint8Array, number: number): Uint8Array | null {
	for (const field of fieldsOf(message)) {
		if (field.number === number) {
			return field.bytes;
		}
	}
	return null;
}

function show(key: Uint8Array | null): string {
	if (key === null) {
		return '';
	}
	return TEXT.decode(key.subarray(0, KEY_BYTES_MAX)) + (key.length > KEY_BYTES_MAX ? '…' : '');
}

/** Those that have a length, as far as the bytes go. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let factor = 1; at < message.length; factor *= 128) {
			const byte = message[at] as number;
			at += 1;
			value += (byte & 0x7f) * factor;
			if (byte < 0x80) {
				break;
			}
		}
		return value;
	};
	while (at < message.length) {
		const tag = varint();
		const type = tag % 8;
		if (type === VARINT) {
			varint();
		} else if (type === LENGTH_DELIMITED) {
			const length = varint();
			yield { number: (tag - type) / 8, bytes: message.subarray(at, at + length) };
			at += length;
		} else {
			return;
		}
	}
}
