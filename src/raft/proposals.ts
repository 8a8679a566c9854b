/** Clients' requests, of this member's lanes or forwarded by another: appended or asked for here by a leader, passed on by a follower. */
import { assert } from '../base/assert.ts';
import { type Index, NOBODY, type RequestId, type Slot } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { RaftInput } from './input.ts';
import { readAtLeader } from './leader.ts';
import type { Envelope, ForwardPropose, ForwardRead } from './message.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import { ENTRY_KIND, type EntryKind } from './state.ts';

type Propose = Extract<RaftInput, { readonly kind: 'propose' }>;

/** Small proposals are counted in runs of about this size: what is committed of a run is released with its end. */
const UNCOMMITTED_RUN_BYTES = 65_536;

export function onPropose(replica: Replica, { requestId, entryKind: kind, data, onlyTerm }: Propose): void {
	assert(kind !== ENTRY_KIND.noop, 'only a leader makes empty entries');
	const { state, draft } = replica;
	if (onlyTerm !== null && (state.role !== 'leader' || replica.term !== onlyTerm)) {
		// What a leader decided by what it knew then is nothing that another may do, nor itself in a later term (etcd issue 15247).
		draft.refuse(requestId, CODES.not_leader.code);
	} else if (state.role === 'leader') {
		const refusal = append(replica, state, kind, data);
		if (refusal !== 0) {
			draft.refuse(requestId, refusal);
		}
	} else if (replica.leader === NOBODY) {
		draft.refuse(requestId, CODES.no_leader.code);
	} else {
		replica.forwarding.propose(requestId, kind, data);
	}
}

/** 0, or the code of the refusal: then nothing was appended. */
function append(replica: Replica, state: LeaderState, kind: EntryKind, data: Uint8Array): number {
	if (state.transfer !== null) {
		return CODES.leader_changed.code;
	}
	if (kind === ENTRY_KIND.membership && !mayChangeMembership(replica, data)) {
		return CODES.membership_pending.code;
	}
	if (state.uncommitted.bytes > 0 && state.uncommitted.bytes + data.length > replica.config.uncommittedBytesMax) {
		return CODES.too_many_requests.code;
	}
	replica.appendEntry(replica.term, kind, data);
	state.uncommitted.extend(replica.log.last, data.length, UNCOMMITTED_RUN_BYTES);
	return 0;
}

/** One at a time, counted from proposal to application (thesis 4.1); and what is joint is first left, by the entry without data (4.3). */
function mayChangeMembership(replica: Replica, data: Uint8Array): boolean {
	const isJoint = replica.membership.votersOutgoing.length > 0;
	return replica.membershipUpTo <= replica.log.applied && isJoint === (data.length === 0);
}

/**
 * Proposals of another member's clients. "Refused" is said only when it is certain that no former copy of this message was appended: not for
 * repetitions, and not for a term that an earlier process of this member may have led.
 */
export function onForwardPropose(replica: Replica, envelope: Envelope, message: ForwardPropose): void {
	if (envelope.term <= replica.bootTerm) {
		return;
	}
	const { from } = envelope;
	const count = message.proposals.length;
	// One that was removed has no say any more, nor have its clients.
	const isMember = replica.members.has(from);
	const repeated = replica.forwardLedger.admit(from, message.boot, message.sequence, count);
	for (let i = repeated; i < count; i++) {
		const kind = message.kinds[i] as EntryKind;
		const data = message.proposals[i] as Uint8Array;
		const code = replica.state.role === 'leader' && isMember ? append(replica, replica.state, kind, data) : CODES.leader_changed.code;
		if (code !== 0) {
			refuseForwarded(replica, from, message.boot, message.sequence + i, code);
		}
	}
}

function refuseForwarded(replica: Replica, from: Slot, boot: number, sequence: number, code: number): void {
	replica.draft.send(from, replica.term, { kind: 'forward_refused', boot, sequence, count: 1, code });
}

export function onReadIndex(replica: Replica, requestId: RequestId): void {
	const { state, draft } = replica;
	if (state.role === 'leader') {
		if (!state.reads.add({ origin: 'local', requestId })) {
			draft.refuse(requestId, CODES.too_many_requests.code);
		}
	} else if (replica.leader === NOBODY) {
		draft.refuse(requestId, CODES.no_leader.code);
	} else {
		replica.forwarding.read(requestId);
	}
}

export function onForwardRead(replica: Replica, envelope: Envelope, message: ForwardRead): void {
	if (replica.state.role === 'leader' && replica.members.has(envelope.from)) {
		readAtLeader(replica, replica.state, envelope.from, message.context);
	} else {
		replica.draft.send(envelope.from, replica.term, { kind: 'read_reply', context: message.context, index: 0 as Index });
	}
}
