/**
 * Real time: a request that began after another was answered does not stand before it. Answers carry revisions, so that this needs no search: a
 * write's own revision is beyond, and a linearizable read's at or beyond, all that was answered before it began.
 */
import type { Operation } from '../history.ts';
import { showRequest } from './answered.ts';
import type { Validator } from './validator.ts';

export const realTime: Validator = ({ operations }) => {
	const answers = operations.filter(({ outcome }) => outcome.kind === 'ok');
	const byReturn = [...answers].sort((a, b) => a.returned - b.returned);
	const byStart = [...answers].sort((a, b) => a.invoked - b.invoked);
	const problems: string[] = [];
	let known: Operation | null = null;
	let next = 0;
	for (const operation of byStart) {
		for (; next < byReturn.length && (byReturn[next]?.returned ?? 0) < operation.invoked; next++) {
			const ended = byReturn[next];
			known = ended !== undefined && revisionOf(ended) > revisionOf(known) ? ended : known;
		}
		const least = hasOwnRevision(operation) ? revisionOf(known) + 1 : revisionOf(known);
		if (!mayBeOld(operation) && revisionOf(operation) < least) {
			problems.push(`${showRequest(operation)} has revision ${revisionOf(operation)}, after ${revisionOf(known)} was known`);
		}
	}
	return problems;
};

function revisionOf(operation: Operation | null): number {
	return operation?.outcome.kind === 'ok' ? operation.outcome.revision : 0;
}

/** Whether it changed something, so that no other request has its revision. */
export function hasOwnRevision({ outcome }: Operation): boolean {
	if (outcome.kind !== 'ok') {
		return false;
	}
	const { answer } = outcome;
	const parts = answer.kind === 'txn' ? answer.answers : [answer];
	return parts.some((part) => part.kind === 'put' || (part.kind === 'delete' && part.deleted > 0));
}

/** A serializable read may; and a compaction's header says only where the member was. */
function mayBeOld({ request }: Operation): boolean {
	return request.kind === 'compact' || (request.kind === 'range' && request.serializable);
}
