/**
 * etcd's rule that a txn does not change one key twice (reference/etcd-surface.md 2.6), for one branch: a key is put once, and no put
 * lies in a deleted range, in whatever order they stand. Nested: both branches of one txn may put the same key; a nested put is held
 * against the deletes of its parent level and of earlier siblings; the puts of the level itself against everything below.
 *
 * As in etcd a delete "from key on" (range_end of one zero byte) is not held against anything: etcd's interval for it is empty.
 */
import { CODES } from '../base/codes.ts';
import type { Operation } from '../mvcc/operations.ts';
import { DeletedRanges } from './deleted-ranges.ts';

/** What a branch changes: keys by the text of their bytes, since maps compare strings by content. */
interface Changes {
	readonly puts: Map<string, Uint8Array>;
	readonly deletes: DeletedRanges;
}

/** 0, or the refusal. */
export function checkDuplicates(branch: readonly Operation[]): number {
	return collect(branch) === null ? CODES.duplicate_key.code : CODES.ok.code;
}

/** null: the rule is broken. */
function collect(branch: readonly Operation[]): Changes | null {
	const changes: Changes = { puts: new Map(), deletes: new DeletedRanges() };
	for (const each of branch) {
		if (each.kind === 'delete_range') {
			changes.deletes.add(each.key, each.rangeEnd);
		}
	}
	for (const each of branch) {
		if (each.kind === 'txn' && !addNested(changes, collect(each.success), collect(each.failure))) {
			return null;
		}
	}
	for (const each of branch) {
		if (each.kind === 'put') {
			const key = toText(each.key);
			if (isTaken(changes, key, each.key)) {
				return null;
			}
			changes.puts.set(key, each.key);
		}
	}
	return changes;
}

function addNested(changes: Changes, then: Changes | null, otherwise: Changes | null): boolean {
	if (then === null || otherwise === null) {
		return false;
	}
	for (const branch of [then, otherwise]) {
		for (const [text, key] of branch.puts) {
			if (isTaken(changes, text, key)) {
				return false;
			}
		}
	}
	// Only now: the two branches exclude one another.
	for (const branch of [then, otherwise]) {
		for (const [text, key] of branch.puts) {
			changes.puts.set(text, key);
		}
		changes.deletes.addAll(branch.deletes);
	}
	return true;
}

function isTaken(changes: Changes, text: string, key: Uint8Array): boolean {
	return changes.puts.has(text) || changes.deletes.has(key);
}

function toText(key: Uint8Array): string {
	let text = '';
	for (const byte of key) {
		text += String.fromCharCode(byte);
	}
	return text;
}
