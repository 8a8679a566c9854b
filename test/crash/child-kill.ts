/**
 * A process that opens a store, verifies that it is at a checkpoint that this or a former process recorded, says ready, and then writes and
 * checkpoints until it is killed. Usage: child-kill.ts DATA-DIR SEED. Started by child-kill.test.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import { assert } from '../../src/base/assert.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { digest, HISTORY, key, LATEST, META, number64, openStore, pointAt, temporaryDirectory } from '../support/store-fixture.ts';

const directory = process.argv[2] ?? temporaryDirectory();
const random = new SeededRandom(Number(process.argv[3] ?? 1));
/** A line for each checkpoint that was ever begun, written before it can be durable: its point and the digest of the state it holds. */
const journal = path.join(directory, 'digests');

const isFirst = !fs.existsSync(journal);
const store = openStore(directory, { isLogEmpty: isFirst });
if (isFirst) {
	fs.writeFileSync(journal, `0 ${digest(store.engine)}\n`);
}
const recorded = new Map(
	fs
		.readFileSync(journal, 'utf8')
		.trim()
		.split('\n')
		.map((line) => line.split(' ') as [string, string]),
);
const at = store.checkpointed.index;
assert(recorded.get(String(at)) === digest(store.engine), () => `the store is at ${at}, but does not hold what was checkpointed there`);
process.stdout.write(`ready ${at}\n`);

// Points never repeat, or a digest of a former life would stand for another state.
let revision = Math.max(...[...recorded.keys()].map(Number));

function write(): void {
	store.engine.write((view) => {
		for (let puts = 1 + random.below(60); puts > 0; puts--) {
			revision++;
			view.put(LATEST, key(`key/${random.below(3_000)}`), number64(revision));
			view.put(HISTORY, number64(revision), new Uint8Array(20 + random.below(300)).fill(revision));
		}
		if (random.below(50) === 0) {
			view.put(HISTORY, number64(++revision), new Uint8Array(200_000).fill(7));
		}
		view.remove(HISTORY, number64(Math.max(0, revision - 3_000)));
		view.put(META, key('applied'), number64(revision));
	});
}

function work(): void {
	for (let i = random.below(5); i >= 0; i--) {
		write();
	}
	const began = store.startCheckpoint(pointAt(revision), () => {});
	if (began) {
		fs.appendFileSync(journal, `${revision} ${digest(store.engine)}\n`);
	}
	setImmediate(work);
}

work();
