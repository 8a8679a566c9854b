/**
 * Branded numbers. All are safe integers at run time; the brand keeps a term from being passed for an index.
 * The makers check, and are for the edges (decoders, configuration); arithmetic inside a module casts with `as`.
 */
import { assert } from './assert.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Position in the Raft log, from 1; 0 is "before the first entry". */
export type Index = Brand<number, 'Index'>;
/** Raft term, from 1; 0 is "none yet". */
export type Term = Brand<number, 'Term'>;
/** Revision of the v3 keyspace: 1 is the empty store, the first write makes 2. */
export type Revision = Brand<number, 'Revision'>;
/**
 * A member, as a small number: given out once by the store when the member is added, replicated, never reused. From 1; 0 is "nobody".
 * The 64-bit member id that clients see belongs to the slot in the store's members table.
 */
export type Slot = Brand<number, 'Slot'>;
/** A request of one api lane in one boot: lane * 2^40 + counter. The answer finds its lane without a lookup. */
export type RequestId = Brand<number, 'RequestId'>;

export const NOBODY = 0 as Slot;

const REQUESTS_PER_LANE = 2 ** 40;

function natural(value: number, what: string): number {
	assert(Number.isSafeInteger(value) && value >= 0, () => `${what} is not a natural number: ${value}`);
	return value;
}

export function toIndex(value: number): Index {
	return natural(value, 'index') as Index;
}

export function toTerm(value: number): Term {
	return natural(value, 'term') as Term;
}

export function toRevision(value: number): Revision {
	return natural(value, 'revision') as Revision;
}

export function toSlot(value: number): Slot {
	return natural(value, 'slot') as Slot;
}

/** lane: 0 to 4095; counter: 0 to 2^40 - 1. */
export function toRequestId(lane: number, counter: number): RequestId {
	assert(lane >= 0 && lane < 4096, () => `lane out of range: ${lane}`);
	assert(counter >= 0 && counter < REQUESTS_PER_LANE, () => `request counter out of range: ${counter}`);
	return (lane * REQUESTS_PER_LANE + counter) as RequestId;
}

/** Requests of the store's own (leader-only commands, and the rounds of reads that it asks for) carry this in place of a lane. */
export const STORE_LANE = 4095;

/** Commands of raft's own, which nobody is answered: what becomes of them shows in what is applied. */
export const RAFT_LANE = 4094;

/** Counters of requests whose answers are only sent on (ports/lane.ts, proposePlain) have this bit. */
const PLAIN = 2 ** 39;

/** counter: 0 to 2^39 - 1. */
export function toPlainRequestId(lane: number, counter: number): RequestId {
	assert(counter < PLAIN, () => `request counter out of range: ${counter}`);
	return toRequestId(lane, PLAIN + counter);
}

export function isPlain(requestId: RequestId): boolean {
	return requestId % REQUESTS_PER_LANE >= PLAIN;
}

export function laneOf(requestId: RequestId): number {
	return Math.floor(requestId / REQUESTS_PER_LANE);
}
