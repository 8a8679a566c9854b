/**
 * The end of nodes whose time is over (reference/etcd-surface.md 1.6.7): a leader's command carries a cutoff, and every member removes the
 * same nodes in the same order, each with an index and an event of its own. When such a command is due is actors/v2-expiry.ts's to decide.
 *
 *   version u8 (1) | cutoff ms u48   ->   u8: 1 if more are over than one command may end
 */
import { assert } from '../base/assert.ts';
import type { WriteView } from '../base/engine.ts';
import { V2_EXPIRIES_MAX } from '../base/limits.ts';
import { readUint48, writeUint48 } from '../base/uint48.ts';
import { firstDeadline } from './deadlines.ts';
import { faceOf } from './event.ts';
import { addEvent } from './event-history.ts';
import { readState, removeChild, writeState } from './nodes.ts';
import { splitPath } from './path.ts';
import { countExpiries } from './stats.ts';
import { walk } from './walk.ts';

const VERSION = 1;
const BYTES = 7;

/** cutoff: milliseconds since 1970. */
export function encodeV2Sync(cutoff: number): Uint8Array {
	const bytes = new Uint8Array(BYTES);
	bytes[0] = VERSION;
	writeUint48(bytes, 1, cutoff);
	return bytes;
}

/** Runs in the store's transaction. Null: the body is none that this version understands. */
export function executeV2Sync(view: WriteView, body: Uint8Array): Uint8Array | null {
	if (body.length !== BYTES || body[0] !== VERSION) {
		return null;
	}
	const cutoff = readUint48(body, 1);
	let expired = 0;
	while (expired < V2_EXPIRIES_MAX && expireFirst(view, cutoff)) {
		expired++;
	}
	countExpiries(view, expired);
	return Uint8Array.of(expired === V2_EXPIRIES_MAX ? 1 : 0);
}

/** Whether there are more to end, as far as the answer of executeV2Sync tells. */
export function isMoreOver(answer: Uint8Array): boolean {
	return answer[0] === 1;
}

/** A directory takes all that is below it along, by one event; what has a deadline of its own there loses it. */
function expireFirst(view: WriteView, cutoff: number): boolean {
	const first = firstDeadline(view);
	if (first === null || first.at > cutoff) {
		return false;
	}
	const state = readState(view);
	const index = state.index + 1;
	const names = splitPath(first.path);
	const found = walk(view, names, state.index);
	const name = names.at(-1);
	assert(found.ok && name !== undefined && found.node.expiration === first.at, 'a deadline of a node that is not there, or has another');
	const prevNode = faceOf(first.path, found.node);
	removeChild(view, found.parent, name);
	writeState(view, { ...state, index });
	const node = { ...prevNode, value: null, modifiedIndex: index, expiration: 0 };
	addEvent(view, { ok: true, action: 'expire', index, node, prevNode, now: cutoff, refresh: false });
	return true;
}
