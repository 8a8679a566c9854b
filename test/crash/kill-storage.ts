/**
 * A process with the log and the store actor alone, which plays raft for them: it appends, applies what is durable, checkpoints, compacts, and now
 * and then installs a snapshot that is ahead. It says `ready INDEX STATE` after it has replayed its log, and then each index that it would have
 * acknowledged. Usage: kill-storage.ts DIRECTORY SEED ENTRIES-SEED. Killed again and again by kill-storage.test.ts, whose control has it acknowledge
 * before the log has flushed (CONTROL=early_words).
 */
import { mkdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { crc32 } from 'node:zlib';
import { LogActor } from '../../src/actors/log-actor.ts';
import { StoreActor } from '../../src/actors/store-actor.ts';
import { NO_UPKEEP } from '../../src/actors/store-upkeep.ts';
import { openDaemonStore } from '../../src/adapters/daemon-store.ts';
import { JournalFiles } from '../../src/adapters/journal-files.ts';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { checkLogFile } from '../../src/adapters/log-check.ts';
import { SnapshotSpool } from '../../src/adapters/snapshot-spool.ts';
import type { StoreDirectory } from '../../src/adapters/store-directory.ts';
import { must } from '../../src/base/assert.ts';
import { type Index, NOBODY, type Slot, type Term } from '../../src/base/brand.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { STORE_TREE_NAMES } from '../../src/base/store-trees.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import { reconcile } from '../../src/log/reconcile.ts';
import { SILENT } from '../../src/ports/logger.ts';
import type { Append, EntryColumns, LogOpened, StoreOpened } from '../../src/protocol/messages.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import { CountedSlice } from '../support/counted-slice.ts';
import { describeStore, entriesOf, Replay, SELF_ID, TERM } from './storage-replay.ts';

const [directory, seed, entriesSeed] = [must(process.argv[2], 'DIRECTORY'), Number(process.argv[3]), Number(process.argv[4])];
/** Checkpoints come so much sooner. */
const CLOCK_SPEED = 25;
const KEPT = 300;
const TURNS_A_JUMP = Number(process.env['TURNS_A_JUMP'] ?? 150);
const WAIT_MS = 2;
const FETCH_BYTES = 2 ** 20;
const SMALL_SEGMENTS = {
	salt: 77,
	firstSegmentBytes: 2 ** 16,
	segmentBytes: 2 ** 17,
	prepareAtBytes: 2 ** 14,
	recordBytesMax: 2 ** 15,
	sliceAtEntries: 20,
	sliceAtBytes: 2 ** 12,
	flushOffAtEntries: 20,
	flushOffAtBytes: 2 ** 12,
};

const random = new SeededRandom(seed);
const none: EntryColumns = { first: 1 as Index, terms: [], kinds: [], payloads: [] };
const turn = { run: (work: () => void) => void setImmediate(() => life.step(work)) };

class Life {
	readonly #logStore: JournalLogStore;
	readonly #environment: StoreDirectory;
	readonly #log: LogActor;
	readonly #store: StoreActor;
	#opened: { log: LogOpened | null; store: StoreOpened | null } = { log: null, store: null };
	#batch = 0;
	#last = 0;
	#applied = 0;
	#commit = 0;
	/** What was appended and is not durable yet, by batch. */
	readonly #pending = new Map<number, () => void>();
	/** Nothing else is appended while a snapshot comes. */
	#isJumping = false;
	#replayTo = 0;
	#turns = 0;
	#jumpAt = TURNS_A_JUMP;

	constructor() {
		mkdirSync(directory, { recursive: true });
		this.#logStore = openLog();
		const { last, hardState } = this.#logStore.contents();
		const isLogEmpty = last === 0 && hardState.term === 0;
		this.#environment = openDaemonStore(directory, isLogEmpty, { turn, now: () => CLOCK_SPEED * performance.now(), logger: SILENT });
		const outbox = { post: (to: string, message: AnyMessage) => to === 'raft' && void this.#inbox.push(message) };
		this.#log = new LogActor({ sweepRecordsMax: 50 }, { outbox: outbox as never, store: this.#logStore, logger: SILENT });
		this.#store = new StoreActor(
			{ selfId: SELF_ID, boot: 2, lanes: 1, watchLanes: 1, tickMilliseconds: 100, electionTicks: 10, upkeep: NO_UPKEEP },
			{ outbox: outbox as never, environment: this.#environment, turn, slice: new CountedSlice(100), logger: SILENT },
		);
	}

	readonly #inbox: AnyMessage[] = [];

	start(): void {
		this.#log.start();
		this.#store.start();
		this.step(() => {});
	}

	/** One turn: the work, and what follows from it. */
	step(work: () => void): void {
		work();
		this.#flush();
		for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
			this.#hear(message);
			this.#flush();
		}
	}

	#flush(): void {
		this.#log.flush();
		this.#store.flush();
		this.#logStore.keepUp();
	}

	#hear(message: AnyMessage): void {
		switch (message.kind) {
			case 'log_opened':
				this.#opened.log = message;
				break;
			case 'store_opened':
				this.#opened.store = message;
				this.#boot(must(this.#opened.log, 'the log opened first'), message);
				break;
			case 'persisted':
				this.#pending.get(message.batch)?.();
				this.#pending.delete(message.batch);
				break;
			case 'fetched':
				this.#store.receive({ ...message, kind: 'apply' });
				break;
			case 'applied':
				this.#heardApplied(message.upTo);
				break;
			case 'checkpointed':
				if (!this.#isJumping && message.index > KEPT && random.below(3) === 0) {
					this.#log.receive({ kind: 'compact', upTo: (message.index - random.below(KEPT)) as Index });
				}
				break;
			case 'restored':
				this.#reset(message.index, () => this.#endJump(message.index));
				break;
			default:
				break;
		}
	}

	#boot(log: LogOpened, store: StoreOpened): void {
		this.#commit = log.commit;
		const found = reconcile(log, store);
		if (found.kind === 'reset') {
			this.#log.receive({ ...this.#append(none), batch: 0, resetTo: [found.to.index, found.to.term] });
			this.#last = found.to.index;
			this.#applied = found.to.index;
			this.#replayed();
			return;
		}
		this.#applied = found.applied.index;
		this.#last = found.log.last;
		this.#replayTo = found.log.last;
		if (log.mark !== null) {
			this.#post({ ...this.#append(none), mark: [0 as Index, 0 as Term] });
		}
		this.#replayMore();
	}

	/** Alone, it has committed whatever is in its log. */
	#replayMore(): void {
		if (this.#applied === this.#replayTo) {
			this.#replayed();
			return;
		}
		const lo = (this.#applied + 1) as Index;
		this.#log.receive({ kind: 'fetch', member: NOBODY, lo, hi: (this.#replayTo + 1) as Index, bytesMax: FETCH_BYTES });
	}

	#replayed(): void {
		writeSync(1, `ready ${this.#applied} ${this.#environment.engine.read(describeStore)}\n`);
		this.#replayTo = 0;
		setImmediate(() => this.#work());
	}

	#heardApplied(upTo: Index): void {
		this.#applied = upTo;
		if (this.#replayTo > 0) {
			this.#replayMore();
		} else {
			writeSync(1, `${upTo}\n`);
		}
	}

	#work(): void {
		this.step(() => {
			this.#turns++;
			this.#log.tick();
			this.#store.tick();
			if (this.#isJumping) {
				return;
			}
			if (this.#turns >= this.#jumpAt) {
				// Flushes may be under way: what was appended comes first, and nothing more meanwhile.
				if (this.#applied === this.#last) {
					this.#jumpAt = this.#turns + TURNS_A_JUMP;
					void this.#jump(this.#last + 1 + random.below(200));
				}
				return;
			}
			for (let appends = 1 + random.below(3); appends > 0; appends--) {
				const entries = entriesOf(entriesSeed, this.#last + 1, 1 + random.below(30));
				this.#last += entries.payloads.length;
				this.#post(this.#append(entries), () => this.#store.receive({ kind: 'apply', ...entries }));
				if (process.env['CONTROL'] === 'early_words') {
					writeSync(1, `${this.#last}\n`);
				}
			}
		});
		if (this.#isJumping) {
			setTimeout(() => this.#work(), WAIT_MS);
		} else {
			setImmediate(() => this.#work());
		}
	}

	/** A snapshot of what the store will hold at an entry that is ahead, installed as from a leader. */
	async #jump(to: number): Promise<void> {
		this.#isJumping = true;
		const replay = new Replay(entriesSeed);
		replay.advance(to);
		const point = { index: to as Index, term: TERM };
		const file = path.join(directory, 'spool', `jump-${to}-${this.#turns}.spool`);
		await new SnapshotSpool(file, replay.engine.pin(), { point, trees: STORE_TREE_NAMES }, turn).run();
		this.step(() => {
			this.#post({ ...this.#append(none), mark: [point.index, point.term] }, () => {
				this.#store.receive({ kind: 'restore', ...point, path: file });
			});
		});
	}

	#reset(index: Index, done: () => void): void {
		this.#post({ ...this.#append(none), resetTo: [index, TERM] }, done);
	}

	#endJump(index: Index): void {
		this.#last = index;
		this.#applied = index;
		this.#isJumping = false;
		writeSync(1, `${index}\n`);
	}

	#append(entries: EntryColumns): Append {
		// What is durable is committed, and told with what comes next.
		this.#commit = Math.max(this.#commit, this.#applied);
		const commit = this.#commit as Index;
		const now = { term: TERM, vote: 1 as Slot, commit, truncateFrom: null, mark: null, resetTo: null, after: [], isSent: false };
		const first = entries.payloads.length === 0 ? ((this.#last + 1) as Index) : entries.first;
		return { kind: 'append', batch: 0, ...now, ...entries, first };
	}

	#post(append: Append, durable: () => void = () => {}): void {
		this.#batch++;
		this.#pending.set(this.#batch, durable);
		this.#log.receive({ ...append, batch: this.#batch });
	}
}

function openLog(): JournalLogStore {
	const place = path.join(directory, 'log');
	checkLogFile(place);
	const engine = openLmdbEngine({ path: place, trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: 2 ** 30 });
	const files = new JournalFiles(path.join(directory, 'journal'), turn);
	return new JournalLogStore(SMALL_SEGMENTS, { files, engineLog: new EngineLogStore(engine, crc32), checksum: crc32 });
}

const life: Life = new Life();
life.start();
