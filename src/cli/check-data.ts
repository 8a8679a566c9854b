/**
 * The process that looks at a member's data: `probe DIRECTORY bounded|whole COPY` before a start after an unclean end (adapters/store-probe.ts),
 * and `sweep DIRECTORY` beside a running member (adapters/store-sweep.ts). It says on standard output where it is, one line each, and for a fault the
 * reason and the message; its exit code is that of the fault. Started by data-check.ts alone, since LMDB may end it by a signal.
 */
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { probeLog, probeStore } from '../adapters/store-probe.ts';
import { sweepStore } from '../adapters/store-sweep.ts';
import { assert } from '../base/assert.ts';
import { EXIT_CODES } from '../base/fatal.ts';
import { toFailure } from '../runtime/failure.ts';

const STANDARD_OUTPUT = 1;
const LEAST_PRIORITY = 19;

function say(line: object): void {
	writeSync(STANDARD_OUTPUT, `${JSON.stringify(line)}\n`);
}

async function main([task, directory, extent, copyTo]: readonly string[]): Promise<void> {
	assert(directory !== undefined, 'a data directory is named');
	// Else it would live on, alone, when the member that asked has ended.
	process.stdin.on('end', () => process.exit(0)).resume();
	try {
		if (task === 'probe') {
			assert(copyTo !== undefined, 'a place for the copy is named');
			say({ at: 'log' });
			probeLog(directory);
			say({ at: 'store' });
			probeStore(directory, { isWhole: extent === 'whole', copyTo });
		} else {
			setPriority(LEAST_PRIORITY);
			await sweepStore(directory, say);
		}
		process.exit(0);
	} catch (error) {
		const { reason, message } = toFailure(error);
		say({ reason, message });
		process.exit(EXIT_CODES[reason]);
	}
}

await main(process.argv.slice(2));
