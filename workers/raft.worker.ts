/** Entry point of the raft actor: the consensus core, which talks to nothing but other actors. */
import { RaftActor } from '../src/actors/raft-actor.ts';
import { openJsonLogger } from '../src/adapters/json-logger.ts';
import { processClock } from '../src/adapters/process-clock.ts';
import { toSlot } from '../src/base/brand.ts';
import {
	APPEND_BYTES_MAX,
	APPLY_BYTES_MAX,
	APPLY_INFLIGHT_BYTES_MAX,
	INFLIGHT_APPENDS_MAX,
	INFLIGHT_BYTES_MAX,
	TAIL_BYTES_MAX,
	UNCOMMITTED_BYTES_MAX,
} from '../src/base/limits.ts';
import { SeededRandom } from '../src/base/random.ts';
import { raftTicks } from '../src/config/ticks.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';

const MILLISECONDS_A_SECOND = 1_000;

export const open: OpenActor<'raft'> = async ({ config, self, outbox }) => {
	const logger = openJsonLogger(config.logLevel, 'raft', config.logging);
	const { tickMilliseconds, electionTicks, heartbeatTicks, tuning } = raftTicks(config);
	const actor = new RaftActor(
		{
			config: {
				self: toSlot(self.slot),
				electionTicks,
				initialTickAdvance: config.initialElectionTickAdvance,
				heartbeatTicks,
				...(tuning === null ? {} : { tuning }),
				preVote: config.preVote,
				checkQuorum: true,
				snapshotCount: config.snapshotCount,
				catchUpEntries: config.catchUpEntries,
				appendBytesMax: APPEND_BYTES_MAX,
				inflightAppendsMax: INFLIGHT_APPENDS_MAX,
				inflightBytesMax: INFLIGHT_BYTES_MAX,
				uncommittedBytesMax: UNCOMMITTED_BYTES_MAX,
				applyBytesMax: APPLY_BYTES_MAX,
				applyInflightBytesMax: APPLY_INFLIGHT_BYTES_MAX,
				tailBytesMax: TAIL_BYTES_MAX,
				boot: self.boot,
			},
			bootstrap: self.bootstrap,
			lanes: config.apiLanes,
			watchLanes: config.watchLanes,
			tickSeconds: tickMilliseconds / MILLISECONDS_A_SECOND,
		},
		{ outbox, random: new SeededRandom(self.seed), logger, clock: processClock },
	);
	return {
		actor,
		facts: null,
		metrics: () => actor.metrics(),
		tickMilliseconds,
		afterTurn: null,
		accept: null,
		stopAccepting: null,
		close: async () => {},
	};
};
