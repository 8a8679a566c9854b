/**
 * Attributed: whatever was persisted, some client asked for, once. A revision belongs to the request that was answered with it, or to one of
 * unknown outcome, which has been persisted at most once; never to a refused one (reliability.md 1.6, 14890).
 */
import type { Operation } from '../history.ts';
import { writesOf } from '../history.ts';
import type { Change, Keyspace } from '../keyspace.ts';
import { doHold, effectOf } from './answered.ts';
import { hasOwnRevision } from './real-time.ts';
import type { Validator } from './validator.ts';

export const attributed: Validator = ({ operations, keyspace }) => {
	const { owners, problems } = attribute(operations, keyspace);
	const orphans = keyspace.changes.filter(({ revision }) => !owners.has(revision));
	return [...problems, ...orphans.map((change) => `nobody who may have has asked for ${JSON.stringify(change)}`)];
};

export interface Attribution {
	/** By revision: the request that made it. */
	readonly owners: ReadonlyMap<number, Operation>;
	readonly problems: readonly string[];
}

export function attribute(operations: readonly Operation[], keyspace: Keyspace): Attribution {
	const owners = new Map<number, Operation>();
	const problems: string[] = [];
	for (const operation of operations) {
		if (operation.outcome.kind === 'ok' && hasOwnRevision(operation)) {
			const { revision } = operation.outcome;
			const other = owners.get(revision);
			if (other !== undefined) {
				problems.push(`revision ${revision} was answered to ${other.client} and to ${operation.client}`);
			}
			owners.set(revision, operation);
		}
	}
	// By what they wrote, which is theirs alone, or, of those that only delete, by what they would have deleted.
	const unknown = operations.filter(({ outcome, request }) => outcome.kind === 'unknown' && mayWrite(request));
	const used = new Set<Operation>();
	for (const change of keyspace.changes.filter(({ revision }) => !owners.has(revision))) {
		const owner = unknown.find((operation) => !used.has(operation) && mayHaveMade(operation, change, keyspace));
		if (owner !== undefined) {
			used.add(owner);
			owners.set(change.revision, owner);
		}
	}
	return { owners, problems };
}

function mayWrite(request: Operation['request']): boolean {
	return writesOf(request, true).length + writesOf(request, false).length > 0;
}

function mayHaveMade({ request }: Operation, change: Change, keyspace: Keyspace): boolean {
	const branch = request.kind === 'txn' ? doHold(request.compare, keyspace, change.revision - 1) : true;
	return JSON.stringify(effectOf(request, branch, change.revision, keyspace)) === JSON.stringify(change.writes);
}
