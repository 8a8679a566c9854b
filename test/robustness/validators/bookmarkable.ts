/**
 * Bookmarkable: after word of progress up to a revision comes no event of it or of an earlier one, in this session or in the next, which begins
 * behind it; and within a session progress does not go back (reliability.md 1.5; etcd 15220). Another member may be behind, so that it may
 * do so from session to session.
 */
import { batchesOf, byWatcher, place } from '../batches.ts';
import type { Validator } from './validator.ts';

export const bookmarkable: Validator = ({ sessions }) => {
	const problems: string[] = [];
	for (const own of byWatcher(sessions).values()) {
		let bookmark = 0;
		for (const session of own) {
			let said = 0;
			for (const { kind, revision, events } of batchesOf(session)) {
				const early = events.find(({ kv }) => kv.mod <= bookmark);
				if (early !== undefined) {
					problems.push(`${place(session)} was told of revision ${early.kv.mod} after progress up to ${bookmark}`);
				}
				if (kind === 'progress') {
					if (revision < said) {
						problems.push(`${place(session)} was told of progress up to ${revision} after ${said}`);
					}
					said = revision;
					bookmark = Math.max(bookmark, revision);
				}
			}
		}
	}
	return problems;
};
