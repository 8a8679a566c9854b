/** Entry point of the log actor: the durable log on an LMDB environment of its own, every write flushed. */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LogActor } from '../src/actors/log-actor.ts';
import { openJsonLogger } from '../src/adapters/json-logger.ts';
import { openLmdbEngine } from '../src/adapters/lmdb-engine.ts';
import { LOG_MAP_BYTES, LOG_SWEEP_RECORDS_MAX } from '../src/base/limits.ts';
import { EngineLogStore } from '../src/log/engine-log-store.ts';
import { LOG_TREE_NAMES } from '../src/log/layout.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';

export const open: OpenActor<'log'> = async ({ config, outbox }) => {
	const logger = openJsonLogger(config.logLevel, 'log');
	const engine = openLmdbEngine({ path: join(config.dataDir, 'log'), trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: LOG_MAP_BYTES });
	const store = new EngineLogStore(engine, crc32);
	const actor = new LogActor({ sweepRecordsMax: LOG_SWEEP_RECORDS_MAX }, { outbox, store, logger });
	const { hardState, last } = store.contents();
	return {
		actor,
		facts: { isLogEmpty: last === 0 && hardState.term === 0 },
		afterTurn: null,
		accept: null,
		stopAccepting: null,
		close: async () => engine.close(),
	};
};
