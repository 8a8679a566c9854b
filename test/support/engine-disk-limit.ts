/** A process whose files may not grow beyond a limit set by its parent: writes until the disk refuses, and says on stdout what the engine threw, twice. */
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { FatalError } from '../../src/base/fatal.ts';

const directory = process.argv[2] ?? '';
const engine = openLmdbEngine({ path: directory, trees: ['one'], mode: 'checkpointed', mapBytes: 2 ** 28 });

function writeUntilRefused(): string {
	for (let n = 1; n < 1_000; n++) {
		try {
			engine.write((view) => view.put(0, Uint8Array.of(n >> 8, n & 255), new Uint8Array(100_000)));
		} catch (error) {
			return error instanceof FatalError ? `${error.reason} after ${n > 1 ? 'some' : 'no'} writes` : String(error);
		}
	}
	return 'nothing was refused';
}

console.log(`${writeUntilRefused()}; ${writeUntilRefused()}`);
