/** A lane over an engine in memory, for tests of the front ends: it executes what is proposed as the store does, and can be told to fail, to hold, and to lead. */

import { executeCommand } from '../../../../src/actors/command-execution.ts';
import { LaneWatches } from '../../../../src/actors/lane-watches.ts';
import { activeAlarms } from '../../../../src/alarms/refusal.ts';
import { NO_AUTH } from '../../../../src/auth/auth-table.ts';
import { ANONYMOUS } from '../../../../src/auth/identity.ts';
import type { Index, RequestId, Slot, Term } from '../../../../src/base/brand.ts';
import { EMPTY_BYTES } from '../../../../src/base/bytes.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { MemoryEngine } from '../../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../../src/base/store-trees.ts';
import { encodeBootstrap } from '../../../../src/members/commands.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { LEASES } from '../../../../src/mvcc/lease-tree.ts';
import { currentRevision, readStoreState, writeStoreState } from '../../../../src/mvcc/store-state.ts';
import type { Lane, LeaderView } from '../../../../src/ports/lane.ts';
import { COMMAND_KIND, type CommandKind } from '../../../../src/protocol/command.ts';
import type { RaftStatus } from '../../../../src/protocol/messages.ts';
import type { Routes } from '../../../../src/protocol/routes.ts';
import type { MemberProgress } from '../../../../src/raft/inquiry.ts';
import { makeHeaderIds } from '../../../../src/rpc/response-header.ts';

export const CLUSTER_ID = 'abc';
export const MEMBER_IDS = ['1f', '2e', 'f000000000000003'] as const;
const TERM = 7 as Term;

export class MemoryLane implements Lane {
	readonly reader = new MemoryEngine(STORE_TREE_NAMES);
	readonly selfSlot = 1 as Slot;
	leaderView: LeaderView = { role: 'leader', term: TERM, leader: 1 as Slot };
	isServing = true;
	isLearner = false;
	/** What raft knows of the members: all are there and have everything. Empty: it does not lead. */
	progress: readonly MemberProgress[] | null = MEMBER_IDS.map((_, i) => ({ slot: (i + 1) as Slot, match: 100 as Index, isActive: true }));
	applied = 0 as Index;
	/** What proposals and linearizable reads are told instead of being done; 0: they are done. */
	refusal = 0;
	/** Proposals that nobody answers. */
	holds = false;
	readonly proposed: CommandKind[] = [];
	readonly leaseAsks: { readonly id: bigint; readonly renew: boolean }[] = [];
	linearizableReads = 0;
	readonly moves: Slot[] = [];
	moveCode = 0;
	#proposals = 0;
	readonly #waiting: (() => void)[] = [];

	constructor() {
		const members = MEMBER_IDS.map((id, i): MemberRecord => {
			const slot = (i + 1) as Slot;
			return { slot, id, name: `m${slot}`, peerUrls: [`http://p${slot}:1`], clientUrls: [`http://c${slot}:1`], learner: slot === 3 };
		});
		this.#execute(COMMAND_KIND.bootstrap, encodeBootstrap({ clusterId: CLUSTER_ID, members }));
	}

	proposePlain(kind: CommandKind, body: Uint8Array, done: (code: number, response: Uint8Array) => void): void {
		this.propose(kind, body, done);
	}

	propose(kind: CommandKind, body: Uint8Array, done: (code: number, response: Uint8Array) => void): void {
		this.proposed.push(kind);
		this.#proposals += 1;
		for (const tell of this.#waiting.splice(0)) {
			tell();
		}
		if (this.holds) {
			return;
		}
		const kept = body.slice();
		setImmediate(() => {
			if (this.refusal !== 0) {
				done(this.refusal, EMPTY_BYTES);
			} else {
				const { code, response } = this.#execute(kind, kept);
				done(code, response);
			}
		});
	}

	/** Resolves once so many proposals have come in all. */
	async whenProposed(count: number): Promise<void> {
		while (this.#proposals < count) {
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	awaitLinearizable(done: (code: number) => void): void {
		this.linearizableReads += 1;
		setImmediate(() => done(this.refusal));
	}

	/** The lessor, without a clock: a lease has as much left as it was granted. */
	askLease(id: bigint, renew: boolean, done: (code: number, remaining: number, granted: number) => void): void {
		this.leaseAsks.push({ id, renew });
		const ttl = this.reader.read((view) => LEASES.get(view, id)?.ttl ?? 0);
		setImmediate(() => (this.refusal === 0 ? done(0, ttl, ttl) : done(this.refusal, 0, 0)));
	}

	/** Revisions that reads hold, with how often. */
	readonly held: number[] = [];
	/** Told once, when the piece of work that holds a revision for the first time is over. */
	whenHeld: (() => void) | null = null;

	holdRevision(revision: number): () => void {
		this.held.push(revision);
		if (this.whenHeld !== null) {
			queueMicrotask(this.whenHeld);
			this.whenHeld = null;
		}
		return () => void this.held.splice(this.held.indexOf(revision), 1);
	}

	inquireStatus(done: (status: RaftStatus | null) => void): void {
		const index = this.applied;
		const status = {
			kind: 'raft_status',
			requestId: 1 as RequestId,
			term: TERM,
			leader: this.leaderView.leader,
			last: index,
			commit: index,
		} as const;
		setImmediate(() => done({ ...status, applied: index }));
	}

	inquireProgress(done: (progress: readonly MemberProgress[] | null) => void): void {
		const { progress } = this;
		setImmediate(() => done(progress));
	}

	/** The lane's watch hub: the test says what it hears, and answers. */
	readonly watchPosts: Routes['api']['watch'][] = [];
	get v2Watches(): never {
		throw new Error('nothing here watches the v2 keyspace');
	}

	readonly watches = new LaneWatches(0, {
		post: (message) => this.watchPosts.push(message),
		revision: () => this.reader.read(currentRevision),
		wake: () => setImmediate(() => this.watches.flush()),
	});
	readonly leaderless = new Set<() => void>();

	whenLeaderless(listener: () => void): () => void {
		this.leaderless.add(listener);
		return () => this.leaderless.delete(listener);
	}

	moveLeader(target: Slot, done: (code: number) => void): void {
		this.moves.push(target);
		setImmediate(() => done(this.moveCode));
	}

	#execute(kind: CommandKind, body: Uint8Array): { readonly code: number; readonly response: Uint8Array } {
		this.applied = (this.applied + 1) as Index;
		return this.reader.write((view) => {
			const state = readStoreState(view);
			state.appliedIndex = this.applied;
			state.appliedTerm = TERM;
			const ids = makeHeaderIds(BigInt(`0x${CLUSTER_ID}`), BigInt(`0x${MEMBER_IDS[0]}`));
			const executed = executeCommand(
				{ view, state, index: this.applied, term: TERM, ids, who: ANONYMOUS, auth: NO_AUTH, alarms: activeAlarms(view), leaseChanges: [] },
				kind,
				body,
			);
			writeStoreState(view, state);
			return executed ?? { code: CODES.timeout.code, response: EMPTY_BYTES };
		});
	}
}
