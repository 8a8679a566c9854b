/**
 * Between the core's ticks and the milliseconds of the log, for a member with --tuning=auto: a leader's wish becomes a command, and what the store has
 * applied goes to the core. Without it nothing is wished, and what others have wished is not for this member. Used by raft-actor.ts.
 */
import { THE_MEMBER } from '../auth/identity.ts';
import { RAFT_LANE, toRequestId } from '../base/brand.ts';
import { counter, gauge, type Metric } from '../base/metric.ts';
import { encodeTune } from '../members/tuning-record.ts';
import type { Logger } from '../ports/logger.ts';
import { COMMAND_KIND, encodeCommand } from '../protocol/command.ts';
import type { RaftConfig } from '../raft/config.ts';
import type { RaftCore } from '../raft/core.ts';
import { ENTRY_KIND } from '../raft/state.ts';

const MILLISECONDS_A_SECOND = 1_000;
const BOOTS = 2 ** 48;

export class RaftTuning {
	readonly #self: RaftConfig['self'];
	/** Another number than the process's, but as unlikely to be another's: this process's store is to answer nobody. */
	readonly #boot: number;
	readonly #tickMilliseconds: number;
	readonly #logger: Logger;
	#proposals = 0;
	/** Told by the store before there was a core. */
	#early: number | null = null;

	constructor({ self, boot }: Pick<RaftConfig, 'self' | 'boot'>, tickMilliseconds: number, logger: Logger) {
		this.#self = self;
		this.#boot = (boot + 1) % BOOTS;
		this.#tickMilliseconds = tickMilliseconds;
		this.#logger = logger;
	}

	/** The store has it. */
	tuned(core: RaftCore | null, electionMilliseconds: number): void {
		if (core === null) {
			this.#early = electionMilliseconds;
			return;
		}
		core.step({ kind: 'tuned', electionTicks: Math.ceil(electionMilliseconds / this.#tickMilliseconds) });
		const { electionTicks, heartbeatTicks } = core.timing;
		this.#logger.log('info', 'the election timeout in force', {
			'election-ms': electionTicks * this.#tickMilliseconds,
			'heartbeat-ms': heartbeatTicks * this.#tickMilliseconds,
		});
	}

	opened(core: RaftCore): void {
		if (this.#early !== null) {
			this.tuned(core, this.#early);
		}
	}

	/** Behind each tick of a leader. */
	maybePropose(core: RaftCore): void {
		const wish = core.takeWish();
		if (wish === null) {
			return;
		}
		const { term } = core.status();
		this.#proposals += 1;
		const requestId = toRequestId(RAFT_LANE, this.#proposals);
		const origin = { slot: this.#self, boot: this.#boot, requestId };
		const body = encodeTune(wish * this.#tickMilliseconds);
		const data = encodeCommand({ kind: COMMAND_KIND.tune, origin, term, who: THE_MEMBER, body });
		core.step({ kind: 'propose', onlyTerm: term, requestId, entryKind: ENTRY_KIND.command, data });
		this.#logger.log('info', 'proposes another election timeout', { 'election-ms': wish * this.#tickMilliseconds });
	}

	metrics(core: RaftCore | null): readonly Metric[] {
		const seconds = (ticks: number): number => (ticks * this.#tickMilliseconds) / MILLISECONDS_A_SECOND;
		const timing = core?.timing ?? { electionTicks: 0, heartbeatTicks: 0 };
		return [
			gauge('quorate_tuning_election_timeout_seconds', 'The election timeout in force at this member.', seconds(timing.electionTicks)),
			gauge('quorate_tuning_heartbeat_interval_seconds', 'The heartbeat interval in force at this member.', seconds(timing.heartbeatTicks)),
			counter('quorate_tuning_proposals_total', 'Times that this member, leading, has proposed another election timeout.', this.#proposals),
		];
	}
}
