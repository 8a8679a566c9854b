/**
 * What clients were told is what the committed log says (reliability.md 1.5): an acknowledged write is in the log, once, with the answer that
 * its place there gives; a refused one is not; a read shows the keyspace of one revision, whole. With that every operation has a place in one
 * order, and the order keeps to real time (linearizability, API guarantees of etcd).
 */
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { kvOf, numberOf, type Operation, revisionOf, textOf } from '../history.ts';
import { demand } from '../verdict.ts';
import { type Played, Replay, select, wordsOf, wordsOfResponse } from './replay.ts';
import type { Committed } from './state-machine-safety.ts';

/** Where an operation stands in the order of revisions. */
interface Standing {
	readonly operation: Operation;
	readonly revision: number;
	/** It made its revision: nothing before it can have seen that. */
	readonly mutates: boolean;
}

export class AnswersAreTrue {
	readonly replay: Replay;
	readonly #byBody = new Map<string, Played[]>();
	readonly #claimed = new Set<number>();
	checked = 0;

	constructor(committed: readonly Committed[]) {
		this.replay = new Replay(committed);
		for (const played of this.replay.played) {
			const same = this.#byBody.get(played.body);
			if (same === undefined) {
				this.#byBody.set(played.body, [played]);
			} else {
				same.push(played);
			}
		}
	}

	check(operations: readonly Operation[]): void {
		const standings: Standing[] = [];
		for (const operation of operations) {
			if (operation.outcome === 'ok') {
				this.checked++;
				const standing = operation.method === 'Range' ? this.#checkRead(operation) : this.#checkWrite(operation);
				if (standing !== null) {
					standings.push(standing);
				}
			} else if (operation.outcome === 'refused') {
				this.#checkRefused(operation);
			}
		}
		checkRealTime(standings);
	}

	/** Whether an operation whose outcome its client does not know has taken place. */
	hasHappened(operation: Operation): boolean {
		return (this.#byBody.get(textOf(operation.request)) ?? []).length > 0;
	}

	#checkWrite(operation: Operation): Standing {
		const { id, member, method, request, response } = operation;
		const said = wordsOfResponse(method as 'Put', response as Uint8Array);
		const revision = revisionOf(operation);
		const candidates = (this.#byBody.get(textOf(request)) ?? []).filter(({ index, slot }) => slot === member && !this.#claimed.has(index));
		demand(
			candidates.length > 0,
			'acknowledged writes survive',
			() => `operation ${id} (${method} "${said}") was acknowledged by ${member} and is not in the log`,
		);
		const played = candidates.find((candidate) => candidate.answer?.trim() === said.trim() && candidate.revision === revision);
		demand(
			played !== undefined,
			'answers are true',
			() =>
				`operation ${id}: ${member} said "${said}" at ${revision}, the log says ${candidates.map((one) => `"${one.answer}" at ${one.revision}`).join(' or ')}`,
		);
		this.#claimed.add(played.index);
		return { operation, revision, mutates: played.mutates };
	}

	#checkRead(operation: Operation): Standing | null {
		const request = etcdserverpb.RangeRequest.decode(operation.request);
		const { kvs, count } = etcdserverpb.RangeResponse.decode(operation.response as Uint8Array);
		const revision = revisionOf(operation);
		const at = numberOf(request.revision) > 0 ? numberOf(request.revision) : revision;
		const said = wordsOf((kvs ?? []).map(kvOf));
		const state = this.replay.states[at];
		demand(
			state !== undefined && revision <= this.replay.revision,
			'answers are true',
			() => `operation ${operation.id}: a read at revision ${at} of ${revision}, the log makes ${this.replay.revision}`,
		);
		const expected = select(state, request);
		demand(
			said === wordsOf(expected) && numberOf(count) === expected.length,
			'answers are true',
			() => `operation ${operation.id}: ${operation.member} said "${said}" at ${at}, the log says "${wordsOf(expected)}"`,
		);
		return operation.mayBeOld ? null : { operation, revision, mutates: false };
	}

	/** "Refused" means that it has had no effect, and never will. Only what is like no other request can be found in the log. */
	#checkRefused({ id, member, method, request, words }: Operation): void {
		if (method === 'Put' || method === 'Txn') {
			const found = (this.#byBody.get(textOf(request)) ?? []).find(({ slot, mutates }) => slot === member && mutates);
			demand(found === undefined, 'refused means no effect', () => `operation ${id} was refused ("${words}") and is entry ${found?.index}`);
		}
	}
}

/** Whoever was answered before another asked stands before it. */
function checkRealTime(standings: readonly Standing[]): void {
	const byReturn = [...standings].sort((a, b) => a.operation.returned - b.operation.returned);
	const byCall = [...standings].sort((a, b) => a.operation.invoked - b.operation.invoked);
	let highest: Standing | null = null;
	let at = 0;
	for (const standing of byCall) {
		for (let done = byReturn[at]; done !== undefined && done.operation.returned < standing.operation.invoked; done = byReturn[at]) {
			highest = highest === null || done.revision > highest.revision ? done : highest;
			at++;
		}
		const floor: number = highest?.revision ?? 0;
		const former = highest?.operation;
		demand(
			standing.mutates ? standing.revision > floor : standing.revision >= floor,
			'real-time order',
			() =>
				`operation ${standing.operation.id} of member ${standing.operation.member} stands at revision ${standing.revision}; operation ${former?.id} of member ${former?.member} had been answered at ${floor} before it began`,
		);
	}
}
