/** Entry point of the log actor: a journal of flushed records, folded into an LMDB environment of the log's own. */
import { randomInt } from 'node:crypto';
import { LogActor } from '../src/actors/log-actor.ts';
import { turnFlushesOff } from '../src/adapters/flushes.ts';
import { JournalMeter } from '../src/adapters/journal-meter.ts';
import { openJournaledLog } from '../src/adapters/journaled-log.ts';
import { openJsonLogger } from '../src/adapters/json-logger.ts';
import { LOG_SWEEP_RECORDS_MAX } from '../src/base/limits.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';

export const open: OpenActor<'log'> = async ({ config, outbox, turn }) => {
	if (config.unsafeNoFsync) {
		turnFlushesOff();
	}
	const logger = openJsonLogger(config.logLevel, 'log', config.logging);
	const meter = new JournalMeter();
	const store = openJournaledLog(config.dataDir, randomInt(2 ** 32), turn, undefined, meter);
	const actor = new LogActor({ sweepRecordsMax: LOG_SWEEP_RECORDS_MAX }, { outbox, store, logger });
	const { hardState, last } = store.contents();
	return {
		actor,
		metrics: () => meter.metrics(),
		facts: { isLogEmpty: last === 0 && hardState.term === 0 },
		afterTurn: () => store.keepUp(),
		accept: null,
		stopAccepting: null,
		close: () =>
			new Promise((closed) =>
				store.whenFlushed(() => {
					store.close();
					closed();
				}),
			),
	};
};
