/**
 * What a member's log has on its disk, read from the bytes themselves (layout: src/log/layout.ts), so that a checker relies on nothing that
 * the member believes of itself.
 */
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';

const ENTRIES = 0;
const META = 1;
const HARD_STATE = Buffer.from('hard_state');
const BEFORE = Buffer.from('before');
const META_FIELDS_AT = 5;
const ENTRY_TERM_AT = 6;

export interface DurableState {
	readonly term: number;
	readonly vote: number;
	readonly commit: number;
	readonly last: number;
}

function field(bytes: Uint8Array, at: number): number {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUIntBE(at, 6);
}

export function durableState(image: MemoryEngine): DurableState {
	const bytes = image.read((view) => view.get(META, HARD_STATE));
	if (bytes === null) {
		return { term: 0, vote: 0, commit: 0, last: 0 };
	}
	const [term, vote, commit, last] = [0, 1, 2, 3].map((i) => field(bytes, META_FIELDS_AT + 6 * i)) as [number, number, number, number];
	return { term, vote, commit, last };
}

/** The entry before the first one kept. */
export function durableBefore(image: MemoryEngine): { readonly index: number; readonly term: number } {
	const bytes = image.read((view) => view.get(META, BEFORE));
	return bytes === null ? { index: 0, term: 0 } : { index: field(bytes, META_FIELDS_AT), term: field(bytes, META_FIELDS_AT + 6) };
}

function entryKey(index: number): Uint8Array {
	const key = Buffer.alloc(8);
	key.writeBigUInt64BE(BigInt(index));
	return key;
}

/** null: not there, or compacted. */
export function durableTermAt(image: MemoryEngine, index: number): number | null {
	const before = durableBefore(image);
	if (index <= before.index) {
		return index === before.index ? before.term : null;
	}
	const bytes = image.read((view) => view.get(ENTRIES, entryKey(index)));
	return bytes === null ? null : field(bytes, ENTRY_TERM_AT);
}

/** Whether the disk has this entry, or had it and may forget it. */
export function isDurable(image: MemoryEngine, index: number, term: number): boolean {
	return index < durableBefore(image).index || durableTermAt(image, index) === term;
}

/** Every entry kept, for the shadow of a log at boot. */
export function durableTerms(image: MemoryEngine): Map<number, number> {
	const before = durableBefore(image);
	const terms = new Map([[before.index, before.term]]);
	image.read((view) => {
		view.scan(ENTRIES, entryKey(before.index + 1), null, (key, bytes) => {
			terms.set(Number(Buffer.from(key).readBigUInt64BE()), field(bytes, ENTRY_TERM_AT));
			return true;
		});
	});
	return terms;
}
