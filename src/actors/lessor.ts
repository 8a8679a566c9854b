/**
 * The lessor: on the leader, and only once it has applied an entry of its own term, it counts the time of every lease, proposes the end of
 * those whose time is over, and answers renewals. On other members it does nothing. Nothing ends here: a lease is gone when the store has
 * executed the command, on every member alike (reliability.md I30). Decisions about time are lease/lease-schedule.ts; used by store-actor.ts.
 *
 * Mass expiry is paced by the log: a few commands are under way at a time, each with a bounded number of leases and keys, so that clients'
 * writes go between them. Only a single lease with very many keys is one long command, since its keys vanish at once.
 */
import type { Index, RequestId, Term } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import { LEASE_CHECKPOINTS_MAX, LEASE_ENDS_INFLIGHT_MAX, LEASE_ENDS_KEYS_MAX, LEASE_ENDS_MAX, LEASES_LOADED_MAX } from '../base/limits.ts';
import type { Checkpoint, LeaseChange } from '../lease/execute.ts';
import { LeaseSchedule } from '../lease/lease-schedule.ts';
import { LEASES } from '../mvcc/lease-tree.ts';
import type { Logger } from '../ports/logger.ts';
import type { Turn } from '../ports/turn.ts';
import { COMMAND_KIND } from '../protocol/command.ts';
import type { AskLeases, LeasesTold } from '../protocol/lease-messages.ts';
import { encodeLeaseCheckpoint, encodeLeaseExpire } from '../rpc/lease-codec.ts';
import type { LeaderOutcome, LeaderProposer } from './leader-commands.ts';
import { type LeaseAsk, LessorAsks } from './lessor-asks.ts';

export interface LessorOptions {
	readonly tickMilliseconds: number;
	/** What every lease gets on top when another member takes over: an election timeout. */
	readonly extensionTicks: number;
}

export interface LessorPorts {
	readonly commands: LeaderProposer;
	readonly read: <T>(work: (view: ReadView) => T) => T;
	readonly askReadIndex: () => RequestId;
	readonly answer: (by: AskLeases['by'], message: LeasesTold) => void;
	readonly turn: Turn;
	readonly logger: Logger;
}

/** What one leader has under way in one term. */
class Reign {
	readonly schedule: LeaseSchedule;
	/** Leases are read from the store behind this one; null: from the first. */
	loadedTo: bigint | null = null;
	isLoaded = false;
	endsInflight = 0;
	/** A revoke was refused: ticks until the next. */
	restTicks = 0;
	isCheckpointing = false;
	/** Renewals that wait for the outcome of the end that is on its way, by lease. */
	readonly ending = new Map<bigint, LeaseAsk[]>();
	/** Renewals that wait until the checkpoint of their lease is cleared. */
	readonly clearing = new Map<bigint, LeaseAsk[]>();
	/** Of these the clearing is to be proposed. */
	toClear: bigint[] = [];

	constructor(options: LessorOptions) {
		this.schedule = new LeaseSchedule(options);
	}
}

const NOTHING = (): void => {};
const REFUSED_REST_TICKS = 30;

export class Lessor {
	readonly #options: LessorOptions;
	readonly #ports: LessorPorts;
	readonly #asks: LessorAsks;
	#term: Term | null = null;
	#reign: Reign | null = null;
	#renewals = 0;

	constructor(options: LessorOptions, ports: LessorPorts) {
		this.#options = options;
		this.#ports = ports;
		const { askReadIndex, answer } = ports;
		this.#asks = new LessorAsks({ askReadIndex, answer, confirmed: (ask) => this.#resolve(ask) });
	}

	/** While this member led. */
	get renewals(): number {
		return this.#renewals;
	}

	/** Leases that are counted; 0 on a member that does not lead. */
	get size(): number {
		return this.#reign?.schedule.size ?? 0;
	}

	/** Answered by leases_told: `not_leader` from one that may not answer (yet). */
	ask(message: AskLeases): void {
		if (this.#reign?.isLoaded === true) {
			this.#asks.add(message);
		} else {
			this.#asks.refuse(message, CODES.not_leader.code);
		}
	}

	/** Whether the id is one of ours. */
	readGranted(requestId: RequestId, index: Index, applied: Index): boolean {
		return this.#asks.roundGranted(requestId, index, applied);
	}

	/** Whether the id is one of ours. */
	readRefused(requestId: RequestId): boolean {
		return this.#asks.roundRefused(requestId);
	}

	/** This member's role, or what it has applied, may be another: LeaderProposer.leadingTerm knows. */
	followRole(): void {
		const term = this.#ports.commands.leadingTerm;
		if (term !== this.#term) {
			this.#term = term;
			this.#reign = term === null ? null : new Reign(this.#options);
			this.#asks.failAll();
		}
	}

	/** The store has committed this, in this order. */
	applied(index: Index, changes: readonly LeaseChange[]): void {
		const schedule = this.#reign?.schedule;
		if (schedule !== undefined) {
			for (const change of changes) {
				if (change.kind === 'granted') {
					schedule.add({ id: change.id, ttl: change.ttl, remaining: 0 }, 0);
				} else if (change.kind === 'revoked') {
					schedule.remove(change.id);
				}
			}
		}
		this.followRole();
		this.#asks.appliedTo(index);
	}

	tick(): void {
		const reign = this.#reign;
		if (reign !== null) {
			reign.schedule.tick();
			reign.restTicks = Math.max(0, reign.restTicks - 1);
			this.#endSome(reign);
			this.#checkpointSome(reign);
		}
	}

	flush(): void {
		const reign = this.#reign;
		if (reign !== null) {
			this.#asks.flush();
			this.#loadSome(reign);
			this.#clearSome(reign);
		}
	}

	/** A page a turn: a new leader has more to do than to count leases. */
	#loadSome(reign: Reign): void {
		if (reign.isLoaded) {
			return;
		}
		let count = 0;
		this.#ports.read((view) =>
			LEASES.scan(view, reign.loadedTo, (record) => {
				reign.schedule.add(record, this.#options.extensionTicks);
				reign.loadedTo = record.id;
				count += 1;
				return count < LEASES_LOADED_MAX;
			}),
		);
		reign.isLoaded = count < LEASES_LOADED_MAX;
		if (reign.isLoaded) {
			this.#ports.logger.log('info', 'counting the time of leases', { term: this.#term, leases: reign.schedule.size });
		} else {
			this.#ports.turn.run(NOTHING);
		}
	}

	/** What is lost has ended with the reign: nobody counts on it any more, and those who wait are told so by followRole. */
	#endSome(reign: Reign): void {
		while (reign.endsInflight < LEASE_ENDS_INFLIGHT_MAX && reign.restTicks === 0) {
			const ids = this.#takeOver(reign);
			if (ids.length === 0) {
				return;
			}
			reign.endsInflight += 1;
			const isTaken = this.#ports.commands.propose(COMMAND_KIND.lease_expire, encodeLeaseExpire(ids), (outcome) => {
				if (outcome.kind !== 'lost') {
					this.#ended(reign, ids, outcome);
				}
			});
			if (!isTaken) {
				this.#ended(reign, ids, { kind: 'refused', code: CODES.too_many_requests.code });
			}
		}
	}

	/** Leases for one command. One with more keys than a command should delete goes alone. */
	#takeOver({ schedule }: Reign): bigint[] {
		const ids: bigint[] = [];
		this.#ports.read((view) => {
			let keys = 0;
			while (ids.length < LEASE_ENDS_MAX && keys < LEASE_ENDS_KEYS_MAX) {
				const lease = schedule.takeOver();
				if (lease === null) {
					return;
				}
				ids.push(lease.id);
				LEASES.scanKeys(view, lease.id, () => {
					keys += 1;
					return keys < LEASE_ENDS_KEYS_MAX;
				});
			}
		});
		return ids;
	}

	#ended(reign: Reign, ids: readonly bigint[], outcome: LeaderOutcome): void {
		reign.endsInflight -= 1;
		if (outcome.kind === 'refused') {
			reign.restTicks = 1;
		} else if (outcome.kind === 'settled' && outcome.code !== CODES.ok.code) {
			// By an alarm, which stays for a while: each attempt is an entry in the log.
			reign.restTicks = REFUSED_REST_TICKS;
		}
		for (const id of ids) {
			// Gone, if it happened: the store has said so before. Else it is over still, unless a renewal that waited comes first.
			reign.schedule.keep(id);
			const waiting = reign.ending.get(id) ?? [];
			reign.ending.delete(id);
			for (const ask of waiting) {
				this.#resolve(ask);
			}
		}
		this.#endSome(reign);
	}

	#checkpointSome(reign: Reign): void {
		if (reign.isCheckpointing) {
			return;
		}
		const rows: Checkpoint[] = [];
		while (rows.length < LEASE_CHECKPOINTS_MAX) {
			const row = reign.schedule.takeCheckpoint();
			if (row === null) {
				break;
			}
			rows.push(row);
		}
		// One that is refused is made up for by the next: until then a new leader would give more time, never less.
		reign.isCheckpointing =
			rows.length > 0 &&
			this.#ports.commands.propose(COMMAND_KIND.lease_checkpoint, encodeLeaseCheckpoint(rows), () => {
				reign.isCheckpointing = false;
			});
	}

	#clearSome(reign: Reign): void {
		while (reign.toClear.length > 0) {
			const ids = reign.toClear.splice(0, LEASE_CHECKPOINTS_MAX);
			const body = encodeLeaseCheckpoint(ids.map((id) => ({ id, remaining: 0 })));
			const isTaken = this.#ports.commands.propose(COMMAND_KIND.lease_checkpoint, body, (outcome) => {
				if (outcome.kind !== 'lost') {
					this.#cleared(reign, ids, outcome.kind === 'settled' && outcome.code === CODES.ok.code);
				}
			});
			if (!isTaken) {
				this.#cleared(reign, ids, false);
			}
		}
	}

	#cleared(reign: Reign, ids: readonly bigint[], isDone: boolean): void {
		for (const id of ids) {
			const waiting = reign.clearing.get(id) ?? [];
			reign.clearing.delete(id);
			if (isDone) {
				reign.schedule.cleared(id);
			}
			for (const ask of waiting) {
				if (isDone) {
					this.#resolve(ask);
				} else {
					ask.fail(CODES.not_leader.code);
				}
			}
		}
	}

	/** This member has led since the question came, and has applied all that was committed before. */
	#resolve(ask: LeaseAsk): void {
		const reign = this.#reign;
		if (reign === null) {
			ask.fail(CODES.not_leader.code);
			return;
		}
		const { schedule } = reign;
		const lease = schedule.get(ask.id);
		if (lease === null) {
			ask.tell(0, 0);
		} else if (!ask.renew) {
			ask.tell(schedule.remainingSeconds(lease.id), lease.ttl);
		} else if (lease.isEnding) {
			// Answered by what becomes of it: to say yes now, and revoke it then, was etcd issue 20616.
			waitIn(reign.ending, ask);
		} else if (lease.hasCheckpoint) {
			// A successor would go by the checkpoint, so the renewal counts only once that is gone.
			if (waitIn(reign.clearing, ask)) {
				schedule.holdCheckpoints(lease.id);
				reign.toClear.push(lease.id);
			}
		} else {
			schedule.renew(lease.id);
			this.#renewals += 1;
			ask.tell(lease.ttl, lease.ttl);
		}
	}
}

/** Whether it is the first that waits. */
function waitIn(waiting: Map<bigint, LeaseAsk[]>, ask: LeaseAsk): boolean {
	const others = waiting.get(ask.id);
	if (others === undefined) {
		waiting.set(ask.id, [ask]);
	} else {
		others.push(ask);
	}
	return others === undefined;
}
