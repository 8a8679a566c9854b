/** Ordered: what a watcher is told goes forward in revisions, also from one of its sessions to the next (reliability.md 1.5; etcd 15271). */
import { batchesOf, byWatcher, place } from '../batches.ts';
import type { Validator } from './validator.ts';

export const ordered: Validator = ({ sessions }) => {
	const problems: string[] = [];
	for (const own of byWatcher(sessions).values()) {
		let last = 0;
		for (const session of own) {
			for (const { kv } of batchesOf(session).flatMap(({ events }) => events)) {
				if (kv.mod < last) {
					problems.push(`${place(session)} was told of revision ${kv.mod} after ${last}`);
				}
				last = Math.max(last, kv.mod);
			}
		}
	}
	return problems;
};
