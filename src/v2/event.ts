/** What an operation on the v2 tree did, or why it did nothing. Built by tree.ts, printed by event-json.ts. */
import type { V2ErrorName } from './errors.ts';
import { NODE_KIND, type NodeRecord } from './record.ts';

export type V2Action = 'get' | 'create' | 'set' | 'update' | 'delete' | 'compareAndSwap' | 'compareAndDelete' | 'expire';

/** A node as an event shows it; no children. */
export interface NodeFace {
	/** "/a/b"; empty for the root. */
	readonly path: Uint8Array;
	readonly directory: boolean;
	/** Null where none is shown: directories, and the node of a deletion. */
	readonly value: Uint8Array | null;
	readonly modifiedIndex: number;
	readonly createdIndex: number;
	/** Milliseconds since 1970; 0: permanent. */
	readonly expiration: number;
}

export interface V2Event {
	readonly ok: true;
	readonly action: V2Action;
	/** The v2 index after the operation. */
	readonly index: number;
	readonly node: NodeFace;
	readonly prevNode: NodeFace | null;
	/** The time of the command, which `ttl` is counted from: on every member the same. Milliseconds since 1970. */
	readonly now: number;
	/** Only a TTL was changed, as asked: it is in the history, and no watcher hears of it (1.2). */
	readonly refresh: boolean;
}

export interface V2Failure {
	readonly ok: false;
	readonly error: V2ErrorName;
	readonly cause: Uint8Array;
	/** The v2 index at the time; 0 for a request that never got to the tree. */
	readonly index: number;
}

export type V2Result = V2Event | V2Failure;

export function faceOf(path: Uint8Array, node: NodeRecord): NodeFace {
	const directory = node.kind === NODE_KIND.directory;
	return {
		path,
		directory,
		value: directory ? null : node.value,
		modifiedIndex: node.modifiedIndex,
		createdIndex: node.createdIndex,
		expiration: node.expiration,
	};
}

/** 201 answers these: a creation, or a set where nothing was. */
export function isCreation(event: V2Event): boolean {
	return event.action === 'create' || (event.action === 'set' && event.prevNode === null);
}
