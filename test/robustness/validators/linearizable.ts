/**
 * Linearizable, by search: each key alone, as a register whose revision only grows, from what clients saw. As in etcd's suite a request of unknown
 * outcome that was persisted has the revision that watchers saw, and took place between what else is known of revisions before and after its own; one
 * that never was is left out. Or the search would not end (reliability.md 1.5).
 */
import { check, type Interval, type Model } from '../../sim/linearizability/check.ts';
import { groupBy } from '../batches.ts';
import { type Answer, isIn, type Kv, type KvRequest, type Operation, type RangeRequest, type Span, writesOf } from '../history.ts';
import { attribute } from './attributed.ts';
import { hasOwnRevision } from './real-time.ts';
import type { Evidence, Validator } from './validator.ts';

const STEPS_MAX = 2_000_000;

/** value undefined: nothing is read, or nothing written; null: the key is not there. mod: of what is read. */
export interface KeyAction {
	readonly read?: { readonly value: string; readonly mod: number } | null;
	readonly written?: string | null;
	readonly revision: number;
	/** No other request has the revision. */
	readonly isOwn: boolean;
}

interface Register {
	readonly value: string | null;
	/** When the value was written. */
	readonly mod: number;
	/** The newest revision that anybody has been answered. */
	readonly seen: number;
}

const REGISTER: Model<Register, KeyAction> = {
	initial: { value: null, mod: 0, seen: 0 },
	step(state, { read, written, revision, isOwn }) {
		if (isOwn ? revision <= state.seen : revision < state.seen) {
			return null;
		}
		if (read !== undefined && ((read?.value ?? null) !== state.value || (read !== null && read.mod !== state.mod))) {
			return null;
		}
		return written === undefined ? { ...state, seen: revision } : { value: written, mod: revision, seen: revision };
	},
	nameOf: ({ value, mod, seen }) => `${value} ${mod} ${seen}`,
};

export const linearizable: Validator = (evidence) => {
	const keys = [...new Set(evidence.keyspace.changes.flatMap(({ writes }) => writes.map(({ key }) => key)))];
	const problems: string[] = [];
	for (const [key, part] of groupBy(intervalsOf(evidence, keys), (interval) => interval.key)) {
		const result = check(REGISTER, part, { stepsMax: STEPS_MAX });
		if (result.kind === 'undecided') {
			problems.push(`key ${key}: the search has not ended within ${STEPS_MAX} steps`);
		}
		if (result.kind === 'not_linearizable') {
			problems.push(`key ${key}: no order fits; the search was stuck at ${JSON.stringify(part[result.stuck])}`);
		}
	}
	return problems;
};

interface KeyInterval extends Interval<KeyAction> {
	readonly key: string;
}

function intervalsOf(evidence: Evidence, keys: readonly string[]): readonly KeyInterval[] {
	const { owners } = attribute(evidence.operations, evidence.keyspace);
	const made = new Map([...owners].map(([revision, operation]) => [operation, revision]));
	const bounds = new Bounds(evidence);
	return evidence.operations.flatMap((operation) => {
		const { request, invoked, returned, outcome } = operation;
		if (outcome.kind === 'ok') {
			const actions = actionsOf(request, outcome.answer, { revision: outcome.revision, isOwn: hasOwnRevision(operation) }, keys);
			return actions.map(({ key, action }) => ({ key, action, invoked, returned }));
		}
		const revision = made.get(operation);
		if (revision === undefined) {
			return [];
		}
		const when = bounds.of(revision, operation);
		return evidence.keyspace.eventsAt(revision).map(({ kind, kv }) => {
			const action = { written: kind === 'put' ? kv.value : null, revision, isOwn: true };
			return { key: kv.key, action, ...when };
		});
	});
}

interface Keyed {
	readonly key: string;
	readonly action: KeyAction;
}

interface When {
	readonly revision: number;
	readonly isOwn: boolean;
}

function actionsOf(request: KvRequest, answer: Answer, when: When, keys: readonly string[]): readonly Keyed[] {
	if (request.kind === 'range' && answer.kind === 'range') {
		return request.serializable || request.revision > 0 ? [] : readsOf(request, answer.kvs, when, keys);
	}
	if (request.kind === 'delete' && answer.kind === 'delete' && answer.deleted === 0) {
		return readsOf({ ...request, limit: 0 }, [], when, keys);
	}
	if (request.kind !== 'txn' || answer.kind !== 'txn') {
		return written(request, true, when, keys);
	}
	const branch = answer.succeeded ? request.success : request.failure;
	const reads = branch.flatMap((part, i) => {
		const own = answer.answers[i];
		// Seen before this txn's own writes, which are of other keys: so at its revision too.
		return part.kind === 'range' && own?.kind === 'range' ? readsOf(part, own.kvs, { ...when, isOwn: false }, keys) : [];
	});
	return [...reads, ...written(request, answer.succeeded, when, keys)];
}

function written(request: KvRequest, succeeded: boolean, when: When, keys: readonly string[]): readonly Keyed[] {
	return writesOf(request, succeeded).flatMap((write): readonly Keyed[] => {
		if (write.kind === 'put') {
			return [{ key: write.key, action: { written: write.value, ...when } }];
		}
		return keys.filter((key) => isIn(write, key)).map((key) => ({ key, action: { written: null, ...when } }));
	});
}

/** Without a limit: each key of the range with what it held; with one: those that are shown. */
function readsOf(span: Span & Pick<RangeRequest, 'limit'>, kvs: readonly Kv[], when: When, keys: readonly string[]): readonly Keyed[] {
	const held = new Map(kvs.map((kv) => [kv.key, { value: kv.value, mod: kv.mod }]));
	const shown = span.limit > 0 ? [...held.keys()] : keys.filter((key) => isIn(span, key));
	return shown.map((key) => ({ key, action: { read: held.get(key) ?? null, ...when } }));
}

/** When a revision can have come to be, by what was answered: after every request of an earlier one had begun, before any of it or a later one was over. */
class Bounds {
	/** By revision: the latest begin of a request that made this or an earlier one. */
	readonly #begun: number[] = [];
	/** By revision: the first time at which somebody knew of this or a later one. */
	readonly #known: number[] = [];

	constructor({ operations, keyspace, seenAt }: Evidence) {
		for (let revision = 0; revision <= keyspace.revision; revision++) {
			this.#begun.push(0);
			this.#known.push(seenAt.get(revision) ?? Number.POSITIVE_INFINITY);
		}
		for (const operation of operations) {
			const { outcome, invoked, returned } = operation;
			if (outcome.kind === 'ok') {
				const { revision } = outcome;
				this.#known[revision] = Math.min(this.#known[revision] ?? Number.POSITIVE_INFINITY, returned);
				this.#begun[revision] = Math.max(this.#begun[revision] ?? 0, hasOwnRevision(operation) ? invoked : 0);
			}
		}
		for (let revision = 1; revision <= keyspace.revision; revision++) {
			this.#begun[revision] = Math.max(this.#begun[revision] ?? 0, this.#begun[revision - 1] ?? 0);
		}
		for (let revision = keyspace.revision - 1; revision >= 0; revision--) {
			this.#known[revision] = Math.min(this.#known[revision] ?? Number.POSITIVE_INFINITY, this.#known[revision + 1] ?? Number.POSITIVE_INFINITY);
		}
	}

	/** If there is no such time, the request is left where it was: the search then says so. */
	of(revision: number, { invoked }: Operation): { readonly invoked: number; readonly returned: number } {
		const returned = this.#known[revision] ?? Number.POSITIVE_INFINITY;
		const begun = Math.max(invoked, this.#begun[revision - 1] ?? 0);
		return begun <= returned ? { invoked: begun, returned } : { invoked, returned: Number.POSITIVE_INFINITY };
	}
}
