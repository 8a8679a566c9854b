/** Atomic: the events of one revision come in one response, its fragments joined (reliability.md 1.5). */
import { batchesOf, byWatcher, place } from '../batches.ts';
import type { Validator } from './validator.ts';

export const atomic: Validator = ({ sessions }) => {
	const problems: string[] = [];
	for (const own of byWatcher(sessions).values()) {
		/** Told in responses that are over. */
		const told = new Set<number>();
		for (const session of own) {
			for (const { events } of batchesOf(session)) {
				const revisions = new Set(events.map(({ kv }) => kv.mod));
				for (const revision of revisions) {
					if (told.has(revision)) {
						problems.push(`${place(session)} was told of revision ${revision} in two responses`);
					}
					told.add(revision);
				}
			}
		}
	}
	return problems;
};
