/**
 * Builds what a power cut may leave of the store's files and opens it with the product's own class: each page that was written since the
 * checkpoint is new, old or torn, both meta pages included; the state must be the checkpoint's, byte for byte. Each image is crashed again
 * soon after its recovery, before the next checkpoint. Run as a process, since a broken file may end it by a signal.
 *
 * Usage: checkpoint-images.ts SEED ROUNDS [CONTROL]; a CONTROL breaks one rule of the checkpoints, and some image must then be found broken.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { StoreDirectory } from '../../src/adapters/store-directory.ts';
import { ALL_RULES, type CheckpointRules } from '../../src/adapters/store-generation.ts';
import { assert, must } from '../../src/base/assert.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { digest, HISTORY, key, LATEST, META, number64, openStore, pointAt, temporaryDirectory } from '../support/store-fixture.ts';

const PAGE = 4_096;
const SECTOR = 512;
const CRASHES_A_ROUND = 4;
const CHECKPOINTS_A_ROUND = 3;

const CONTROLS: Record<string, CheckpointRules> = {
	none: ALL_RULES,
	no_pin: { ...ALL_RULES, holdCheckpoint: false },
	no_opening_pin: { ...ALL_RULES, holdOpening: false },
	no_meta_page: { ...ALL_RULES, restoreMetaPage: false },
};

/** What the disk is sure to hold: the files as the last finished flush left them, and the digest of that state. */
interface Durable {
	readonly data: Buffer;
	readonly side: Buffer;
	readonly digest: string;
	readonly revision: number;
}

const [seed, rounds, control] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 10), process.argv[4] ?? 'none'];
const rules = must(CONTROLS[control], `CONTROL is one of ${Object.keys(CONTROLS).join(', ')}`);
const random = new SeededRandom(seed);
const base = temporaryDirectory();

/** Random transactions like the store's: two trees a put, deletes of old history, now and then a value with overflow pages. */
class Load {
	readonly #store: StoreDirectory;
	#revision: number;
	#lowest: number;

	constructor(store: StoreDirectory, revision: number) {
		this.#store = store;
		this.#revision = revision;
		this.#lowest = Math.max(1, revision - 3_000);
	}

	run(transactions: number, putsMax: number): number {
		for (let i = 0; i < transactions; i++) {
			this.#transaction(1 + random.below(putsMax));
		}
		return this.#revision;
	}

	#transaction(puts: number): void {
		this.#store.engine.write((view) => {
			for (let i = 0; i < puts; i++) {
				this.#revision++;
				view.put(LATEST, key(`key/${String(random.below(3_000)).padStart(8, '0')}`), number64(this.#revision));
				view.put(HISTORY, number64(this.#revision), new Uint8Array(20 + random.below(300)).fill(this.#revision));
			}
			for (let i = 0; i < 20 && random.below(5) === 0 && this.#lowest < this.#revision; i++) {
				view.remove(HISTORY, number64(this.#lowest++));
			}
			if (random.below(50) === 0) {
				view.put(HISTORY, number64(++this.#revision), new Uint8Array(200_000).fill(7));
			}
			view.put(META, key('applied'), number64(this.#revision));
		});
	}
}

const dataFile = (directory: string): string => path.join(directory, 'store', '1', 'data.mdb');
const sideFile = (directory: string): string => path.join(directory, 'store', '1', 'checkpoint');

/** Each page that differs from the durable one is new, old or torn at a sector; one that was never durable may be anything. */
function crashImage(durable: Buffer, now: Buffer): Buffer {
	const size = random.below(2) === 0 ? now.length : Math.max(durable.length, Math.floor(random.below(now.length) / PAGE) * PAGE);
	const image = Buffer.alloc(size);
	durable.copy(image);
	for (let at = 0; at + PAGE <= size; at += PAGE) {
		const former = at + PAGE <= durable.length ? durable.subarray(at, at + PAGE) : null;
		const written = at + PAGE <= now.length ? now.subarray(at, at + PAGE) : null;
		if (written === null || former?.equals(written) === true) {
			continue;
		}
		const fate = random.below(3);
		if (fate === 0) {
			written.copy(image, at);
		} else if (fate === 1) {
			written.copy(image, at, 0, SECTOR * (1 + random.below(PAGE / SECTOR - 1)));
		} else if (former === null && random.below(2) === 0) {
			for (let word = 0; word < PAGE; word += 4) {
				image.writeUInt32LE(random.below(2 ** 31), at + word);
			}
		}
	}
	return image;
}

/** A data directory with this image and nothing that a crash does not leave. */
function placeImage(directory: string, image: Buffer, side: Buffer): void {
	fs.mkdirSync(path.dirname(dataFile(directory)), { recursive: true });
	fs.writeFileSync(path.join(directory, 'store', 'CURRENT'), '1\n');
	fs.writeFileSync(dataFile(directory), image);
	fs.writeFileSync(sideFile(directory), side);
	fs.writeFileSync(path.join(directory, 'store', '1', 'lock.mdb'), Buffer.alloc(8_192, random.below(256)));
}

/** A store that has run for a while: its last checkpoint, and its data file at the moment of the crash. */
function prepare(directory: string): { durable: Durable; now: Buffer } {
	fs.mkdirSync(directory);
	const store = openStore(directory, { rules });
	const load = new Load(store, 0);
	let revision = load.run(100 + random.below(200), 60);
	let durable: Durable | null = null;
	for (let i = 0; i < CHECKPOINTS_A_ROUND; i++) {
		store.checkpointNow(pointAt(revision));
		durable = { data: fs.readFileSync(dataFile(directory)), side: fs.readFileSync(sideFile(directory)), digest: digest(store.engine), revision };
		revision = load.run(1 + random.below(80), 60);
	}
	if (random.below(2) === 0) {
		// A checkpoint that the crash cuts short: its pages count as written, not as durable, and its side file is not there yet.
		assert(
			store.startCheckpoint(pointAt(revision), () => {}),
			'there is something to checkpoint',
		);
		load.run(random.below(40), 60);
	}
	const now = fs.readFileSync(dataFile(directory));
	store.close();
	return { durable: must(durable, 'a round has checkpoints'), now };
}

/** Crashes one round again and again; the number of images that were not recovered exactly. */
function runRound(round: number): number {
	let broken = 0;
	let { durable, now } = prepare(path.join(base, `${round}`));
	let data = durable.data;
	for (let crash = 0; crash < CRASHES_A_ROUND; crash++) {
		const directory = path.join(base, `${round}-${crash}`);
		data = crashImage(data, now);
		placeImage(directory, data, durable.side);
		const store = openStore(directory, { rules, isLogEmpty: false });
		if (digest(store.engine) !== durable.digest || store.checkpointed.index !== durable.revision) {
			broken++;
			console.log(`seed ${seed} round ${round} crash ${crash}: not the checkpoint`);
		}
		new Load(store, durable.revision).run(random.below(400), 30);
		now = fs.readFileSync(dataFile(directory));
		store.close();
		fs.rmSync(directory, { recursive: true });
	}
	return broken;
}

let broken = 0;
try {
	for (let round = 0; round < rounds; round++) {
		broken += runRound(round);
	}
} finally {
	fs.rmSync(base, { recursive: true, force: true });
}
const images = rounds * CRASHES_A_ROUND;
console.log(`${images - broken} of ${images} crash images recovered exactly`);
process.exitCode = broken === 0 ? 0 : 1;
