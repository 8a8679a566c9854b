/** Unique: no watcher is told twice of one key at one revision, also not after it has come back (reliability.md 1.5; etcd 15274, 17247). */
import { batchesOf, byWatcher, place } from '../batches.ts';
import type { Validator } from './validator.ts';

export const unique: Validator = ({ sessions }) => {
	const problems: string[] = [];
	for (const own of byWatcher(sessions).values()) {
		const told = new Set<string>();
		for (const session of own) {
			for (const { kv } of batchesOf(session).flatMap(({ events }) => events)) {
				const name = `${kv.mod} ${kv.key}`;
				if (told.has(name)) {
					problems.push(`${place(session)} was told again of ${kv.key} at ${kv.mod}`);
				}
				told.add(name);
			}
		}
	}
	return problems;
};
