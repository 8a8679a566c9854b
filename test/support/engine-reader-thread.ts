/** A worker thread that reads one key of an environment each time it is told to. Started by test/unit/adapters/lmdb-engine.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openLmdbReader } from '../../src/adapters/lmdb-engine.ts';
import { must } from '../../src/base/assert.ts';

const port = must(parentPort, 'this file is a worker');
const { path, mapBytes } = workerData as { path: string; mapBytes: number };
const reader = openLmdbReader({ path, trees: ['one', 'two'], mapBytes });
port.on('message', (what: 'read' | 'close') => {
	if (what === 'read') {
		port.postMessage(reader.read((view) => view.get(0, Uint8Array.of(0, 7))?.[1] ?? 0));
	} else {
		reader.close();
		port.close();
	}
});
port.postMessage(0);
