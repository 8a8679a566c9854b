/** What clients ask for, drawn by weight: ten keys, so that requests meet; reads of every kind; writes whose values are their own. */
import type { Random } from '../../../src/base/random.ts';
import { ALL_AFTER, type DeleteRequest, type KvRequest, type PutRequest, type RangeRequest, type TxnRequest } from '../history.ts';

const KEYS = 10;
/** Together with what was there before, more than a response of a watcher with fragments may hold under `--max-request-bytes` of BIG_REQUEST_BYTES. */
const BIG_PARTS = 4;
const BIG_PART_BYTES = 160 * 2 ** 10;
export const BIG_REQUEST_BYTES = 700 * 2 ** 10;

export const PREFIX = { key: 'k/', rangeEnd: 'k0' } as const;
export const EVERYTHING = { key: '\0', rangeEnd: ALL_AFTER } as const;

export function keyOf(number: number): string {
	return `k/${number}`;
}

export interface Known {
	/** The newest revision that the client has been answered. */
	readonly revision: number;
	/** By key: when it saw it changed last. */
	readonly mods: ReadonlyMap<string, number>;
}

type Draw = (random: Random, known: Known, name: string) => KvRequest;

const DRAWS: readonly (readonly [weight: number, draw: Draw])[] = [
	[35, (random, _known, name) => put(random, name)],
	[12, (random) => ({ kind: 'delete', key: drawKey(random), rangeEnd: '' })],
	[2, (random) => ({ kind: 'delete', key: drawKey(random), rangeEnd: PREFIX.rangeEnd })],
	[12, (random, known, name) => compareAndSet(random, known, name)],
	[10, (random, _known, name) => several(random, name)],
	[12, (random) => range({ key: drawKey(random), rangeEnd: '' })],
	[5, () => range(PREFIX)],
	[2, (random) => ({ ...range(PREFIX), limit: 1 + random.below(4) })],
	[6, () => ({ ...range(PREFIX), serializable: true })],
	[4, (random, known) => ({ ...range(PREFIX), revision: Math.max(1, known.revision - random.below(50)) })],
];

const WEIGHTS = DRAWS.reduce((sum, [weight]) => sum + weight, 0);

/** name: of the request, which no other has. */
export function drawRequest(random: Random, known: Known, name: string): KvRequest {
	let left = random.below(WEIGHTS);
	for (const [weight, draw] of DRAWS) {
		left -= weight;
		if (left < 0) {
			return draw(random, known, name);
		}
	}
	throw new Error('weights are counted wrong');
}

/** The same keys each time, so that from the second one on an event is twice as large with what was there before. */
export function bigRequest(name: string): TxnRequest {
	const success = Array.from({ length: BIG_PARTS }, (_, i): PutRequest => {
		return { kind: 'put', key: `big/${i}`, value: `${name}/${i} `.padEnd(BIG_PART_BYTES, '.') };
	});
	return { kind: 'txn', compare: [], success, failure: [] };
}

function drawKey(random: Random): string {
	return keyOf(random.below(KEYS));
}

function put(random: Random, name: string): PutRequest {
	return { kind: 'put', key: drawKey(random), value: name };
}

function range(span: Pick<RangeRequest, 'key' | 'rangeEnd'>): RangeRequest {
	return { kind: 'range', ...span, revision: 0, limit: 0, serializable: false };
}

/** As an application would: on what it saw last, which may be old. */
function compareAndSet(random: Random, { mods }: Known, name: string): TxnRequest {
	const key = drawKey(random);
	const compare = [{ key, mod: mods.get(key) ?? 0 }];
	return { kind: 'txn', compare, success: [{ kind: 'put', key, value: name }], failure: [range({ key, rangeEnd: '' })] };
}

/** Two to four keys that follow one another: puts, a delete, a read. */
function several(random: Random, name: string): TxnRequest {
	const first = random.below(KEYS);
	const parts = Array.from({ length: 2 + random.below(3) }, (_, i): PutRequest | DeleteRequest | RangeRequest => {
		const key = keyOf((first + i) % KEYS);
		if (i > 0 && random.below(3) === 0) {
			return random.below(2) === 0 ? { kind: 'delete', key, rangeEnd: '' } : range({ key, rangeEnd: '' });
		}
		return { kind: 'put', key, value: `${name}/${i}` };
	});
	return { kind: 'txn', compare: [], success: parts, failure: [] };
}
