/** Entry point of the store actor: the keyspaces on LMDB, with checkpoints; the last of them when the member stops. */
import { StoreActor } from '../src/actors/store-actor.ts';
import { openDaemonStore } from '../src/adapters/daemon-store.ts';
import { turnFlushesOff } from '../src/adapters/flushes.ts';
import { openJsonLogger } from '../src/adapters/json-logger.ts';
import { processClock } from '../src/adapters/process-clock.ts';
import { TimedSlice } from '../src/adapters/timed-slice.ts';
import { storeMapBytes } from '../src/base/limits.ts';
import { electionTicks } from '../src/config/ticks.ts';
import { appliedPoint } from '../src/mvcc/store-state.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';
import { upkeepOptions } from '../src/runtime/upkeep-options.ts';

/** Background work that a request may have to wait for: a sweep, or a hash. */
const SLICE_MILLISECONDS = 4;

export const open: OpenActor<'store'> = async ({ config, self, facts, outbox, turn }) => {
	if (config.unsafeNoFsync) {
		turnFlushesOff();
	}
	const logger = openJsonLogger(config.logLevel, 'store', config.logging);
	const ports = { turn, now: () => performance.now(), logger };
	const environment = openDaemonStore(config.dataDir, facts.isLogEmpty, ports, storeMapBytes(config.quotaBytes));
	const actor = new StoreActor(
		{
			selfId: self.memberId,
			boot: self.boot,
			lanes: config.apiLanes,
			watchLanes: config.watchLanes,
			tickMilliseconds: config.heartbeatMs,
			electionTicks: electionTicks(config),
			slowApplyMilliseconds: config.warningApplyDurationMs,
			upkeep: upkeepOptions(config, () => environment.roomBytes()),
		},
		{ outbox, environment, turn, slice: new TimedSlice(SLICE_MILLISECONDS), logger, clock: processClock },
	);
	const close = async (): Promise<void> => {
		environment.checkpointNow(environment.engine.read(appliedPoint));
		environment.close();
	};
	const metrics = () => [...actor.metrics(), ...environment.metrics()];
	return { actor, facts: { generation: environment.generation }, metrics, afterTurn: null, accept: null, stopAccepting: null, close };
};
