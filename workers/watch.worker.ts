/** Entry point of the watch hub: watchers, and a reader of the store of their own. */
import { WatchActor } from '../src/actors/watch-actor.ts';
import { LmdbReaders } from '../src/adapters/lmdb-reader-provider.ts';
import { hexToId } from '../src/base/bytes.ts';
import { WATCH_SLICE_RECORDS } from '../src/base/limits.ts';
import { makeHeaderIds } from '../src/rpc/response-header.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';

/** etcd cuts a fragmented response at its request limit and the overhead of gRPC, 512 KiB. */
const FRAGMENT_OVERHEAD_BYTES = 512 * 1_024;

export const open: OpenActor<'watch'> = async ({ config, self, facts, outbox, turn }) => {
	const actor = new WatchActor(
		{
			ids: makeHeaderIds(hexToId(self.clusterId), hexToId(self.memberId)),
			generation: facts.generation,
			progressTicks: Math.ceil(config.watchProgressMs / config.heartbeatMs),
			fragmentBytes: config.maxRequestBytes + FRAGMENT_OVERHEAD_BYTES,
			sliceRecords: WATCH_SLICE_RECORDS,
		},
		{ outbox, readers: new LmdbReaders(config.dataDir), turn },
	);
	return { actor, facts: null, metrics: () => actor.metrics(), afterTurn: null, accept: null, stopAccepting: null, close: async () => actor.close() };
};
