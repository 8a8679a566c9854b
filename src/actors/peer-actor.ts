/**
 * The peer actor: carries frames between this member's raft and log and the other members. It reads no frame and takes no decision of raft's;
 * connections, queues and files are behind PeerLinks. Run by workers/peer.ts and by the simulator.
 */
import { assert, must, unreachable } from '../base/assert.ts';
import { type Index, laneOf, NOBODY, type RequestId, type Slot, type Term, toRequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import { FatalError } from '../base/fatal.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import type { Logger } from '../ports/logger.ts';
import type { LatencyFigures } from '../ports/peer-figures.ts';
import type { PeerHash } from '../ports/peer-hashes.ts';
import type { PeerAddress, PeerEvents, PeerLinks, SnapshotArrival } from '../ports/peer-links.ts';
import type { FiguresTold } from '../protocol/figure-messages.ts';
import type { LeasesTold } from '../protocol/lease-messages.ts';
import type { MembersChanged, RaftProgress, RoleChanged, Send, SnapshotSpooled } from '../protocol/messages.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { StateTold } from '../protocol/state-messages.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { Actor, Outbox } from './actor.ts';
import { PeerHashes } from './peer-hashes.ts';

/** Raft answers within a turn or two; who asks beyond these is not answered, and asks again. */
const INQUIRIES_MAX = 64;
const REMOVED = 'this member has been permanently removed from the cluster; to start it anew, remove its data directory and add it as a new member';

export interface PeerActorPorts {
	readonly outbox: Outbox<'peer'>;
	readonly links: PeerLinks;
	readonly logger: Logger;
}

export class PeerActor implements Actor<'peer'>, PeerEvents {
	readonly #outbox: Outbox<'peer'>;
	readonly #links: PeerLinks;
	readonly #logger: Logger;
	/** The term that this member leads, or null. */
	#leaderTerm: Term | null = null;
	/** Snapshots whose streaming is not over. */
	#snapshotsUnderway = 0;
	/** Members that have asked how far everybody is, until raft has answered. */
	readonly #inquiries = new Map<RequestId, (progress: readonly MemberProgress[]) => void>();
	/** Members whose clients ask the lessor, until the store has answered. */
	readonly #leaseQuestions = new Map<RequestId, (answer: LeaseAnswer) => void>();
	/** Members whose dashboards ask, until a lane has answered. */
	readonly #stateQuestions = new Map<RequestId, (json: string) => void>();
	readonly #hashes: PeerHashes;
	#inquiryCount = 0;
	#isDraining = false;

	constructor(ports: PeerActorPorts) {
		this.#outbox = ports.outbox;
		this.#links = ports.links;
		this.#logger = ports.logger;
		this.#hashes = new PeerHashes({ outbox: ports.outbox, askHashes: (revision, done) => ports.links.askHashes(revision, done) });
	}

	start(): void {
		this.#links.subscribe(this);
	}

	receive(message: Inbox<'peer'>): void {
		switch (message.kind) {
			case 'send':
				this.#send(message);
				return;
			case 'role_changed':
				this.#noteRole(message);
				return;
			case 'members_changed':
				this.#setMembers(message);
				return;
			case 'snapshot_spooled':
				this.#sendSnapshot(message);
				return;
			case 'raft_progress':
				this.#tellProgress(message);
				return;
			case 'leases_told':
				this.#tellLeases(message);
				return;
			case 'ask_hashes':
				this.#hashes.ask(message);
				return;
			case 'hash_told':
				this.#hashes.told(message);
				return;
			case 'ask_figures':
				this.#tellFigures(message.requestId);
				return;
			case 'state_told':
				this.#tellState(message);
				return;
			case 'discard_snapshot':
				this.#links.discardSnapshot(message.path);
				return;
			default:
				unreachable(message);
		}
	}

	tick(): void {}

	flush(): void {
		this.#links.flush();
	}

	drain(): void {
		this.#isDraining = true;
	}

	/** Frames leave in flush, and a snapshot that is cut short is sent again from the start: nothing is worth waiting for. */
	isDrained(): boolean {
		return this.#isDraining;
	}

	// ---- PeerEvents

	received(from: Slot, bytes: Uint8Array): void {
		assert(from !== NOBODY, 'a frame from nobody');
		this.#outbox.post('raft', { kind: 'received', from, bytes });
	}

	linkDown(member: Slot): void {
		this.#outbox.post('raft', { kind: 'link_down', member });
	}

	snapshotReceived(arrival: SnapshotArrival): void {
		const { from, leaderTerm, index, term, path } = arrival;
		this.#logger.log('info', 'received a snapshot', { from, index, term, path });
		this.#outbox.post('raft', { kind: 'snapshot_received', from, leaderTerm, index, term, path });
	}

	progressAsked(done: (progress: readonly MemberProgress[]) => void): void {
		if (this.#inquiries.size >= INQUIRIES_MAX) {
			return;
		}
		this.#inquiryCount += 1;
		const requestId = toRequestId(0, this.#inquiryCount);
		this.#inquiries.set(requestId, done);
		this.#outbox.post('raft', { kind: 'inquire_progress', requestId, by: 'peer' });
	}

	leasesAsked({ ids, renew }: LeaseQuestion, done: (answer: LeaseAnswer) => void): void {
		if (this.#leaseQuestions.size >= INQUIRIES_MAX) {
			done({ code: CODES.too_many_requests.code, remaining: [], granted: [] });
			return;
		}
		this.#inquiryCount += 1;
		const requestId = toRequestId(0, this.#inquiryCount);
		this.#leaseQuestions.set(requestId, done);
		this.#outbox.post('store', { kind: 'ask_leases', requestId, by: 'peer', ids, renew });
	}

	hashAsked(revision: number, done: (hash: PeerHash) => void): void {
		this.#hashes.asked(revision, done);
	}

	stateAsked(done: (json: string) => void): void {
		if (this.#stateQuestions.size >= INQUIRIES_MAX) {
			done('');
			return;
		}
		this.#inquiryCount += 1;
		const requestId = toRequestId(0, this.#inquiryCount);
		this.#stateQuestions.set(requestId, done);
		this.#outbox.post('api', { kind: 'ask_state', requestId }, 0);
	}

	transferAsked(from: Slot): void {
		this.#logger.log('info', 'was asked to hand the leadership over', { from });
		this.#outbox.post('raft', { kind: 'transfer_leader', target: NOBODY });
	}

	removed(): void {
		throw new FatalError('member_removed', REMOVED);
	}

	// ---- messages

	#tellProgress({ requestId, slots, matches, active }: RaftProgress): void {
		assert(slots.length === matches.length && slots.length === active.length, 'columns of raft_progress differ in length');
		const done = must(this.#inquiries.get(requestId), 'an answer to an inquiry');
		this.#inquiries.delete(requestId);
		done(slots.map((slot, i) => ({ slot, match: matches[i] as Index, isActive: active[i] === true })));
	}

	#tellLeases({ requestId, code, remaining, granted }: LeasesTold): void {
		const done = must(this.#leaseQuestions.get(requestId), 'an answer to a question about leases');
		this.#leaseQuestions.delete(requestId);
		done({ code, remaining, granted });
	}

	#tellState({ requestId, json }: StateTold): void {
		const done = must(this.#stateQuestions.get(requestId), 'an answer to a question about this member');
		this.#stateQuestions.delete(requestId);
		done(json);
	}

	#tellFigures(requestId: RequestId): void {
		const { sent, received, members } = this.#links.figures();
		const told: FiguresTold = {
			kind: 'figures_told',
			requestId,
			sent: [sent.count, sent.messagesPerSecond, sent.bytesPerSecond],
			received: [received.count, received.messagesPerSecond, received.bytesPerSecond],
			ids: members.map(({ id }) => id),
			latencies: members.map(latencyRow),
		};
		this.#outbox.post('api', told, laneOf(requestId));
	}

	#send(message: Send): void {
		for (const [to, channel, replaceable, bytes] of message.frames) {
			this.#links.send(to, channel, replaceable, bytes);
		}
	}

	#noteRole(message: RoleChanged): void {
		this.#leaderTerm = message.role === 'leader' ? message.term : null;
	}

	#setMembers(message: MembersChanged): void {
		const { clusterId, slots, ids, peerUrls, names, removed } = message;
		assert(
			[ids, peerUrls, names].every(({ length }) => length === slots.length),
			'columns of members_changed differ in length',
		);
		const members: PeerAddress[] = [];
		for (const [at, slot] of slots.entries()) {
			const id = ids[at];
			const urls = peerUrls[at];
			const name = names[at];
			assert(id !== undefined && urls !== undefined && name !== undefined, () => `members_changed has no row ${at}`);
			members.push({ slot, id, urls, name });
		}
		this.#links.setMembers(clusterId, members, removed);
	}

	/** A snapshot is vouched for by its leader's term: one that is spooled when the term is over goes nowhere. */
	#sendSnapshot(message: SnapshotSpooled): void {
		const { to, index, term, path } = message;
		if (!message.ok) {
			this.#reportSnapshot(to, index, false);
			return;
		}
		const leaderTerm = this.#leaderTerm;
		if (leaderTerm === null) {
			this.#links.discardSnapshot(path);
			this.#reportSnapshot(to, index, false);
			return;
		}
		this.#snapshotsUnderway += 1;
		this.#logger.log('info', 'sending a snapshot', { to, index, term });
		this.#links.sendSnapshot({ to, index, term, leaderTerm, path }, (ok) => {
			assert(this.#snapshotsUnderway > 0, 'a snapshot ended twice');
			this.#snapshotsUnderway -= 1;
			this.#logger.log(ok ? 'info' : 'warn', ok ? 'sent a snapshot' : 'could not send a snapshot', { to, index });
			this.#reportSnapshot(to, index, ok);
		});
	}

	#reportSnapshot(to: Slot, index: Index, ok: boolean): void {
		this.#outbox.post('raft', { kind: 'snapshot_sent', to, index, ok });
	}
}

/** The order of FiguresTold. */
function latencyRow({ recent, hour, unanswered, isUp, ...all }: LatencyFigures): readonly number[] {
	const { current, average, standardDeviation, minimum, maximum, success, fail } = all;
	const lately = [recent.count, recent.p50, recent.p99, recent.maximum, recent.jitter, recent.latest];
	const before = [hour.count, hour.p50, hour.p99, hour.maximum, hour.late, hour.lost];
	return [current, average, standardDeviation, minimum, maximum, success, fail, ...lately, ...before, unanswered ?? -1, isUp ? 1 : 0];
}
