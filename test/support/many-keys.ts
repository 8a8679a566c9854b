/**
 * A keyspace of many keys and versions, written quickly: txns of a hundred puts, some of them under way at a time, and what it must hold in the end.
 * Version v of a key says so in its value. Used by test/cluster/many-keys.test.ts and bench/million-keys.ts.
 */
import assert from 'node:assert/strict';
import { GrpcClient, type Method } from './grpc-client.ts';

export interface ManyKeys {
	readonly keys: number;
	readonly versions: number;
	readonly valueBytes: number;
}

const TXN_PUTS = 100;
const TXNS_UNDER_WAY = 8;
const DEADLINE_MS = 60_000;
const KEY_DIGITS = 9;
const PREFIX = 'many/';
/** The key after the last that can be. */
export const MANY_KEYS_RANGE = { from: PREFIX, end: 'many0' } as const;

export function manyKey(at: number): string {
	return `${PREFIX}${String(at).padStart(KEY_DIGITS, '0')}`;
}

/** What the value of version v of the key begins with. */
export function manyValueHead(at: number, version: number): string {
	return `${manyKey(at)} ${version} `;
}

const same = (bytes: Uint8Array): Uint8Array => bytes;
const TXN: Method<Uint8Array, Uint8Array> = { path: '/etcdserverpb.KV/Txn', encode: same, decode: same };

/** progress: called now and then with how many puts are done. */
export async function fillManyKeys(endpoint: string, many: ManyKeys, progress: (puts: number) => void = () => {}): Promise<void> {
	assert.equal(many.keys % TXN_PUTS, 0, 'a txn has a hundred keys');
	const txns = (many.keys / TXN_PUTS) * many.versions;
	let next = 0;
	let done = 0;
	const worker = async (): Promise<void> => {
		const client = new GrpcClient(endpoint);
		try {
			for (let txn = next++; txn < txns; txn = next++) {
				// A version after the other, each over all keys: so no two txns under way are of the same keys.
				await client.call(TXN, encodeTxn(many, (txn * TXN_PUTS) % many.keys, 1 + Math.floor((txn * TXN_PUTS) / many.keys)), DEADLINE_MS);
				done += TXN_PUTS;
				progress(done);
			}
		} finally {
			client.close();
		}
	};
	await Promise.all(Array.from({ length: Math.min(TXNS_UNDER_WAY, many.keys / TXN_PUTS) }, worker));
}

/** TxnRequest.success (2) of RequestOp.request_put (2) of PutRequest key (1) and value (2), by hand: a client's CPU must not be what is measured. */
function encodeTxn({ valueBytes }: ManyKeys, first: number, version: number): Uint8Array {
	const keyBytes = PREFIX.length + KEY_DIGITS;
	const put = 2 + keyBytes + 1 + varintSize(valueBytes) + valueBytes;
	const op = 1 + varintSize(put) + put;
	const bytes = Buffer.alloc(TXN_PUTS * (1 + varintSize(op) + op));
	let end = 0;
	for (let i = 0; i < TXN_PUTS; i++) {
		bytes[end] = 0x12;
		end = writeVarint(bytes, end + 1, op);
		bytes[end] = 0x12;
		end = writeVarint(bytes, end + 1, put);
		bytes[end] = 0x0a;
		bytes[end + 1] = keyBytes;
		end += 2 + bytes.write(manyKey(first + i), end + 2, 'latin1');
		bytes[end] = 0x12;
		end = writeVarint(bytes, end + 1, valueBytes);
		bytes.fill('.', end, end + valueBytes);
		bytes.write(manyValueHead(first + i, version), end, Math.min(valueBytes, keyBytes + 12), 'latin1');
		end += valueBytes;
	}
	assert.equal(end, bytes.length);
	return bytes;
}

function varintSize(value: number): number {
	return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
	let end = at;
	let rest = value;
	while (rest >= 0x80) {
		bytes[end++] = (rest & 0x7f) | 0x80;
		rest >>>= 7;
	}
	bytes[end++] = rest;
	return end;
}
