/**
 * Whoever is told that it holds a lock did hold it: at the revision of the answer its key was there, and the oldest in line. So there is one holder at a
 * time, in the order of create revisions (etcd-surface.md 2.11; etcd 11456).
 */
import type { LockWord } from '../lease-record.ts';
import { demand } from '../verdict.ts';
import type { Replay } from './replay.ts';

export function checkLocks(words: readonly LockWord[], replay: Replay): void {
	for (const { member, prefix, key, revision } of words) {
		const line = [...(replay.states[revision]?.values() ?? [])].filter((kv) => kv.key.startsWith(prefix)).sort((a, b) => a.create - b.create);
		demand(
			line[0]?.key === key,
			'locks exclude',
			() => `member ${member} gave ${key} the lock at ${revision}; in line are ${line.map((kv) => `${kv.key}@${kv.create}`).join(' ')}`,
		);
	}
}
