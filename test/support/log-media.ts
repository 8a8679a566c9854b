/** What a log is stored on, in memory, in both of its forms: an engine alone, and a journal in front of one. Tests of the log run over each. */
import { crc32 } from 'node:zlib';
import type { Engine, PinnedView, ReadView, WriteView } from '../../src/base/engine.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore, type JournalOptions } from '../../src/log/journal/journal-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { LogStore } from '../../src/log/log-store.ts';
import { JournalDisk } from './journal-disk.ts';

export interface LogMedium {
	open(): LogStore;
	/** What a kill at this moment leaves. */
	fork(): LogMedium;
	/** Called before each write that changes what is durable. */
	before: () => void;
}

/** So small that a few records fill a segment. */
export const SMALL_JOURNAL: JournalOptions = {
	salt: 0xabcd1234,
	firstSegmentBytes: 1_024,
	segmentBytes: 2_048,
	prepareAtBytes: 256,
	recordBytesMax: 256,
	sliceAtEntries: 1,
	sliceAtBytes: 64,
	flushOffAtEntries: 3,
	flushOffAtBytes: 200,
};

export class EngineMedium implements LogMedium {
	readonly engine: NotingEngine;
	before: () => void = () => {};

	constructor(engine = new MemoryEngine(LOG_TREE_NAMES)) {
		this.engine = new NotingEngine(engine, () => this.before());
	}

	open(): EngineLogStore {
		return new EngineLogStore(this.engine, crc32);
	}

	fork(): EngineMedium {
		return new EngineMedium(this.engine.fork());
	}
}

export class JournalMedium implements LogMedium {
	readonly engine: NotingEngine;
	readonly disk: JournalDisk;
	readonly options: JournalOptions;
	before: () => void = () => {};

	constructor(options: Partial<JournalOptions> = {}, found = { engine: new MemoryEngine(LOG_TREE_NAMES), disk: new JournalDisk() }) {
		this.engine = new NotingEngine(found.engine, () => this.before());
		this.disk = found.disk;
		this.disk.before = (change) => change === 'write' && this.before();
		this.options = { ...SMALL_JOURNAL, ...options };
	}

	open(): JournalLogStore {
		return new JournalLogStore(this.options, { files: this.disk, engineLog: new EngineLogStore(this.engine, crc32), checksum: crc32 });
	}

	fork(): JournalMedium {
		return new JournalMedium(this.options, { engine: this.engine.fork(), disk: this.disk.afterKill() });
	}
}

/** An engine with a word before each write. */
class NotingEngine implements Engine {
	readonly #inner: MemoryEngine;
	readonly #before: () => void;

	constructor(inner: MemoryEngine, before: () => void) {
		this.#inner = inner;
		this.#before = before;
	}

	read<T>(work: (view: ReadView) => T): T {
		return this.#inner.read(work);
	}

	pin(): PinnedView {
		return this.#inner.pin();
	}

	write<T>(work: (view: WriteView) => T): T {
		this.#before();
		return this.#inner.write(work);
	}

	fork(): MemoryEngine {
		return this.#inner.fork();
	}

	close(): void {}
}

export const MEDIA: Readonly<Record<string, () => LogMedium>> = { engine: () => new EngineMedium(), journal: () => new JournalMedium() };
