/**
 * Answers: every answered request did and saw at the revision of its answer what the persisted history has there. Reads of any kind see one
 * revision whole; a write is there with all its parts, and a write that changed nothing made no revision.
 */
import type { Answer, Compare, KvRequest, Operation, RangeRequest, TxnRequest } from '../history.ts';
import { isIn, writesOf } from '../history.ts';
import type { Change, Keyspace } from '../keyspace.ts';
import type { Validator } from './validator.ts';

export const answered: Validator = ({ operations, keyspace }) =>
	operations.flatMap((operation) => {
		const { outcome, request, client } = operation;
		if (outcome.kind !== 'ok') {
			return [];
		}
		const reason = whyFalse(request, outcome.answer, outcome.revision, keyspace);
		return reason === null ? [] : [`${client}: ${showRequest(operation)} was answered at revision ${outcome.revision}: ${reason}`];
	});

export function showRequest({ request, member }: Operation): string {
	return `${JSON.stringify(request)} at ${member}`;
}

function whyFalse(request: KvRequest, answer: Answer, revision: number, keyspace: Keyspace): string | null {
	if (revision > keyspace.revision) {
		return `nothing was persisted beyond ${keyspace.revision}`;
	}
	if (request.kind === 'range' && answer.kind === 'range') {
		return whyFalseRange(request, answer, keyspace, request.revision || revision);
	}
	if (request.kind === 'delete' && answer.kind === 'delete') {
		return answer.deleted === 0 ? whyNotAbsent(request, revision, keyspace) : whyFalseWrite(request, true, revision, keyspace);
	}
	if (request.kind === 'put') {
		return whyFalseWrite(request, true, revision, keyspace);
	}
	return request.kind === 'txn' && answer.kind === 'txn' ? whyFalseTxn(request, answer, revision, keyspace) : null;
}

function whyNotAbsent(request: KvRequest & { kind: 'delete' }, revision: number, keyspace: Keyspace): string | null {
	const held = keyspace.rangeAt(request, revision);
	return held.length === 0 ? null : `nothing to delete, where there was ${JSON.stringify(held)}`;
}

/** The writes of the request are what the revision holds, and all of it. */
function whyFalseWrite(request: KvRequest, succeeded: boolean, revision: number, keyspace: Keyspace): string | null {
	const expected = JSON.stringify(effectOf(request, succeeded, revision, keyspace));
	const persisted = JSON.stringify(keyspace.eventsAt(revision).map(({ kind, kv }) => ({ key: kv.key, value: kind === 'put' ? kv.value : null })));
	return expected === persisted ? null : `its effect there is ${expected}, and what was persisted is ${persisted}`;
}

/** What the request would write at this revision, on what was there before. */
export function effectOf(request: KvRequest, succeeded: boolean, revision: number, keyspace: Keyspace): Change['writes'] {
	return writesOf(request, succeeded).flatMap((write): Change['writes'] => {
		if (write.kind === 'put') {
			return [{ key: write.key, value: write.value }];
		}
		return keyspace.rangeAt(write, revision - 1).map(({ key }) => ({ key, value: null }));
	});
}

function whyFalseTxn(request: TxnRequest, answer: Answer & { kind: 'txn' }, revision: number, keyspace: Keyspace): string | null {
	const hasWritten = wroteAny(answer);
	const before = hasWritten ? revision - 1 : revision;
	if (doHold(request.compare, keyspace, before) !== answer.succeeded) {
		return `its compares ${answer.succeeded ? 'did not hold' : 'held'} at ${before}`;
	}
	const wrong = hasWritten ? whyFalseWrite(request, answer.succeeded, revision, keyspace) : null;
	const branch = answer.succeeded ? request.success : request.failure;
	// A branch touches no key twice, so that its ranges see what was before its writes.
	const ranges = branch.map((part, i) => {
		const own = answer.answers[i];
		return part.kind === 'range' && own?.kind === 'range' ? whyFalseRange(part, own, keyspace, before) : null;
	});
	return wrong ?? ranges.find((reason) => reason !== null) ?? null;
}

function wroteAny(answer: Answer & { kind: 'txn' }): boolean {
	return answer.answers.some((part) => part.kind === 'put' || (part.kind === 'delete' && part.deleted > 0));
}

export function doHold(compare: readonly Compare[], keyspace: Keyspace, revision: number): boolean {
	return compare.every(({ key, mod }) => (keyspace.kvAt(key, revision)?.mod ?? 0) === mod);
}

function whyFalseRange(request: RangeRequest, answer: Answer & { kind: 'range' }, keyspace: Keyspace, revision: number): string | null {
	const held = keyspace.rangeAt(request, revision).filter(({ key }) => isIn(request, key));
	const shown = request.limit > 0 ? held.slice(0, request.limit) : held;
	const expected = JSON.stringify({ kvs: shown, count: held.length, more: shown.length < held.length });
	const seen = JSON.stringify({ kvs: answer.kvs, count: answer.count, more: answer.more });
	return expected === seen ? null : `it shows ${seen}, and there was ${expected}`;
}
