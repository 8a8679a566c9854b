/**
 * What is on the disk under a log: the journal's segments and the engine that they are folded into, with the last records that were written, so
 * that one of them can be damaged. What happens to it, and when, is log-disk.ts.
 */
import { must } from '../../src/base/assert.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { Segment, SegmentFiles } from '../../src/log/journal/segment-files.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import { JournalDisk } from '../support/journal-disk.ts';
import type { Dice } from './dice.ts';

interface Written {
	readonly id: number;
	readonly at: number;
	readonly bytes: Uint8Array;
}

const WRITTEN_MAX = 12;

export class LogImage {
	engine = new MemoryEngine(LOG_TREE_NAMES);
	files = new JournalDisk();
	#written: Written[] = [];

	write(id: number, at: number, bytes: Uint8Array): void {
		this.files.write(id, at, bytes);
		// The last record is written once more when a log opens.
		const others = this.#written.filter((record) => record.id !== id || record.at !== at);
		this.#written = [...others, { id, at, bytes }].slice(-WRITTEN_MAX);
	}

	/**
	 * One bit of a record that was flushed, and told of, is another; false if there is none that could be known for damaged. A record behind
	 * it must be whole: the last one of a journal cannot be told from one that a power cut has torn.
	 */
	damageRecord(dice: Dice): boolean {
		const whole = this.#written.filter((record) => this.#isWhole(record));
		if (whole.length < 2) {
			return false;
		}
		const { id, at, bytes } = must(whole[dice.below(whole.length - 1)], 'a record');
		this.#flip(id, at + dice.below(bytes.length), 1 << dice.below(8));
		return true;
	}

	/** The same for what was folded. */
	damageEntry(dice: Dice): boolean {
		return damageEngine(
			this.engine,
			LOG_TREE_NAMES.map((_, tree) => tree),
			dice,
		);
	}

	#isWhole({ id, at, bytes }: Written): boolean {
		const segment = this.files.list().find((each) => each.id === id);
		if (segment === undefined || at + bytes.length > segment.bytes) {
			return false;
		}
		const found = new Uint8Array(bytes.length);
		this.files.read(id, at, found);
		return Buffer.compare(found, bytes) === 0;
	}

	#flip(id: number, at: number, mask: number): void {
		const { bytes, durable } = this.files.segment(id);
		for (const each of [bytes, durable]) {
			each[at] = must(each[at], 'a byte') ^ mask;
		}
	}
}

/** A bit of one value in one of the trees; false if they are empty. */
export function damageEngine(engine: MemoryEngine, trees: readonly number[], dice: Dice): boolean {
	for (const tree of dice.shuffled(trees)) {
		const records: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
		engine.read((view) => view.scan(tree, new Uint8Array(0), null, (key, value) => records.push({ key: key.slice(), value: value.slice() }) > 0));
		const filled = records.filter(({ value }) => value.length > 0);
		if (filled.length > 0) {
			const { key, value } = dice.pick(filled);
			const at = dice.below(value.length);
			value[at] = must(value[at], 'a byte') ^ (1 << dice.below(8));
			engine.write((view) => view.put(tree, key, value));
			return true;
		}
	}
	return false;
}

/** One change of the disk, to be made on another image of it. */
export type Step = (image: LogImage) => void;

export interface FilesWatcher {
	changed(change: 'write' | 'flush' | 'fill', step: Step): void;
	/** A flush is begun off the thread: the step is to be made, and done called, when it ends. */
	flushesOff(step: Step, done: () => void): void;
}

/** The segments that a process sees, each change of which is told, to be made once more where a crash finds it. */
export class WatchedFiles implements SegmentFiles {
	readonly #live: JournalDisk;
	readonly #watcher: FilesWatcher;

	constructor(live: JournalDisk, watcher: FilesWatcher) {
		this.#live = live;
		this.#watcher = watcher;
	}

	list(): readonly Segment[] {
		return this.#live.list();
	}

	prepare(bytes: number): void {
		this.#live.prepare(bytes);
		this.#watcher.changed('fill', ({ files }) => files.prepare(bytes));
	}

	fill(bytesMax: number): Segment | null {
		const segment = this.#live.fill(bytesMax);
		this.#watcher.changed('fill', ({ files }) => files.fill(bytesMax));
		return segment;
	}

	write(id: number, at: number, bytes: Uint8Array): void {
		this.#live.write(id, at, bytes);
		const written = bytes.slice();
		this.#watcher.changed('write', (image) => image.write(id, at, written));
	}

	flush(id: number): void {
		this.#live.flush(id);
		this.#watcher.changed('flush', ({ files }) => files.flush(id));
	}

	flushOff(id: number, done: () => void): void {
		this.#live.flushOff(id, done);
		this.#watcher.flushesOff(
			({ files }) => files.flush(id),
			() => this.#live.endFlush(),
		);
	}

	read(id: number, at: number, into: Uint8Array): void {
		this.#live.read(id, at, into);
	}

	close(): void {}
}
