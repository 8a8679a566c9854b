/**
 * The process that looks at a member's data: `probe DIRECTORY bounded|whole COPY` before a start after an unclean end (adapters/store-probe.ts),
 * and `sweep DIRECTORY` beside a running member (adapters/store-sweep.ts). It says on standard output where it is, one line each, and for a fault the
 * reason and the message; the last line is its verdict, after which it kills itself: Node may hang in its own exit (src/README.md, Gotchas), and who asked
 * would wait for it. Started by data-check.ts alone, since LMDB may end it by a signal.
 */
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { probeLog, probeStore } from '../adapters/store-probe.ts';
import { sweepStore } from '../adapters/store-sweep.ts';
import { assert } from '../base/assert.ts';
import { toFailure } from '../runtime/failure.ts';

const STANDARD_OUTPUT = 1;
const LEAST_PRIORITY = 19;

function say(line: object): void {
	writeSync(STANDARD_OUTPUT, `${JSON.stringify(line)}\n`);
}

function endAtOnce(): void {
	process.kill(process.pid, 'SIGKILL');
}

async function main([task, directory, extent, copyTo]: readonly string[]): Promise<void> {
	assert(directory !== undefined, 'a data directory is named');
	// Else it would live on, alone, when the member that asked has ended.
	process.stdin.on('end', endAtOnce).resume();
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
		say({ ended: true });
	} catch (error) {
		const { reason, message } = toFailure(error);
		say({ reason, message });
	}
	endAtOnce();
}

await main(process.argv.slice(2));
