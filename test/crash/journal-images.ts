/**
 * One life after another of a log with a journal, on a disk in memory, each ended by a power cut or a kill at a random moment: between any two
 * changes of the disk, opening included, while the flush of a large turn is under way too, and now and then by a stop in order. After each the log must
 * hold what it said it does, or that with the turn under way; after a stop in order, with one flipped bit of its segments, it must hold the same or
 * refuse. Pure and seeded; run by journal-images.test.ts, and with one rule of the journal broken, or its word for a flush not waited for, as its control.
 */
import { crc32 } from 'node:zlib';
import { must } from '../../src/base/assert.ts';
import type { Index } from '../../src/base/brand.ts';
import type { Engine, PinnedView, ReadView, WriteView } from '../../src/base/engine.ts';
import { FatalError } from '../../src/base/fatal.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import type { JournalRules } from '../../src/log/journal/journal-rules.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { LogBatch, LogStore } from '../../src/log/log-store.ts';
import { JournalDisk } from '../support/journal-disk.ts';
import { batch, texts } from '../support/log-fixtures.ts';
import { SMALL_JOURNAL } from '../support/log-media.ts';

const FLIPS = 6;

/** The machine stops: not an error of the log. */
class PowerCut extends Error {}

interface Held {
	readonly engine: MemoryEngine;
	readonly disk: JournalDisk;
}

export interface LivesOutcome {
	readonly lives: number;
	/** What was not as it had to be; a line each. */
	readonly wrong: readonly string[];
	readonly folds: number;
	readonly records: number;
	/** Flipped bits that were refused, and that did no harm. */
	readonly flips: { readonly refused: number; readonly harmless: number };
	/** Lives that ended within a turn and left nothing, or not all, of it. */
	readonly turnsLost: number;
	/** Flushes off the thread, and those of them that a life ended under, by whether the turn was there afterwards. */
	readonly late: { readonly flushes: number; readonly kept: number; readonly lost: number };
}

/** Everything about a log as text. */
export function describeLog(log: LogStore): string {
	const contents = log.contents();
	const { before, last } = contents;
	const entries = last > before.index ? texts(log.read((before.index + 1) as Index, (last + 1) as Index, Number.MAX_SAFE_INTEGER)) : [];
	return JSON.stringify([contents, entries]);
}

/** isHasty: what is written is taken for durable, whatever the log says. */
export function runLives(seed: number, lives: number, rules: JournalRules, isHasty = false): LivesOutcome {
	const machine = new Machine(seed, rules, isHasty);
	for (let life = 0; life < lives; life++) {
		machine.live(life);
	}
	return { lives, ...machine.outcome };
}

class Machine {
	readonly #random: SeededRandom;
	readonly #rules: JournalRules;
	readonly #isHasty: boolean;
	#held: Held = { engine: new MemoryEngine(LOG_TREE_NAMES), disk: new JournalDisk() };
	/** A log without a journal and without crashes, as it was before the turn under way and after each batch of it. */
	#shadows: MemoryEngine[] = [new MemoryEngine(LOG_TREE_NAMES)];
	#changesLeft = 0;
	#text = 0;
	/** The life ended under a flush off the thread. */
	#wasFlushing = false;
	readonly outcome = {
		wrong: [] as string[],
		folds: 0,
		records: 0,
		turnsLost: 0,
		flips: { refused: 0, harmless: 0 },
		late: { flushes: 0, kept: 0, lost: 0 },
	};

	constructor(seed: number, rules: JournalRules, isHasty: boolean) {
		this.#random = new SeededRandom(seed);
		this.#rules = rules;
		this.#isHasty = isHasty;
	}

	live(life: number): void {
		const random = this.#random;
		const { disk } = this.#held;
		const engine = new CuttingEngine(this.#held.engine, () => this.#change());
		disk.before = () => this.#change();
		this.#changesLeft = random.below(8) === 0 ? random.below(4) : random.below(150);
		try {
			const options = { ...SMALL_JOURNAL, rules: this.#rules };
			const log = new JournalLogStore(options, { files: disk, engineLog: new EngineLogStore(engine, crc32), checksum: crc32 });
			this.#check(log);
			this.#wasFlushing = false;
			this.#work(log, disk);
			for (let flip = 0; flip < FLIPS; flip++) {
				this.#flip(life, disk);
			}
		} catch (error) {
			if (!(error instanceof PowerCut)) {
				this.outcome.wrong.push(`life ${life}: ${String(error)}`);
				this.#startAnew();
				return;
			}
		}
		this.outcome.folds += engine.writes;
		this.outcome.records += disk.writes;
		this.#wasFlushing = disk.isFlushing;
		this.#held = { engine: this.#held.engine.fork(), disk: random.below(3) === 0 ? disk.afterKill() : disk.afterPowerCut(random) };
	}

	/** The log was closed: whatever is not as it was written is damage, and not the trace of a crash. */
	#flip(life: number, disk: JournalDisk): void {
		const random = this.#random;
		const flipped = disk.afterKill();
		const { id, bytes } = must(flipped.list()[random.below(flipped.list().length)], 'a journal has a segment');
		const at = random.below(bytes);
		const held = flipped.segment(id).bytes;
		held[at] = (held[at] as number) ^ (1 << random.below(8));
		try {
			const engineLog = new EngineLogStore(this.#held.engine.fork(), crc32);
			const log = new JournalLogStore({ ...SMALL_JOURNAL, rules: this.#rules }, { files: flipped, engineLog, checksum: crc32 });
			if (describeLog(log) !== describeLog(new EngineLogStore(must(this.#shadows.at(-1), 'a shadow'), crc32))) {
				this.outcome.wrong.push(`life ${life}: byte ${at} of segment ${id} flipped, and it holds something else`);
			}
			this.outcome.flips.harmless++;
		} catch (error) {
			if (!(error instanceof FatalError && error.reason === 'log_damaged')) {
				throw error;
			}
			this.outcome.flips.refused++;
		}
	}

	/** A log that was found broken is of no use for the next life. */
	#startAnew(): void {
		this.#held = { engine: new MemoryEngine(LOG_TREE_NAMES), disk: new JournalDisk() };
		this.#shadows = [new MemoryEngine(LOG_TREE_NAMES)];
	}

	#change(): void {
		this.#changesLeft--;
		if (this.#changesLeft < 0) {
			throw new PowerCut();
		}
	}

	#check(log: LogStore): void {
		const found = describeLog(log);
		const known = this.#shadows.map((shadow) => describeLog(new EngineLogStore(shadow, crc32)));
		const at = known.lastIndexOf(found);
		if (at < 0) {
			throw new Error(`found ${found}\n  and not ${known.join('\n      or ')}`);
		}
		const isWhole = at === known.length - 1;
		this.outcome.turnsLost += isWhole ? 0 : 1;
		if (this.#wasFlushing) {
			this.outcome.late[isWhole ? 'kept' : 'lost']++;
		}
		this.#shadows = [this.#shadows[at] as MemoryEngine];
	}

	#work(log: JournalLogStore, disk: JournalDisk): void {
		const random = this.#random;
		for (;;) {
			const choice = random.below(20);
			const { before, hardState } = log.contents();
			if (disk.isFlushing && (choice < 12 || choice >= 18)) {
				// Whatever is to be written waits for this; now and then long enough for all full segments to be folded.
				if (random.below(4) === 0) {
					disk.endFlush();
				}
			} else if (choice < 12) {
				const batches = this.#batches(log);
				this.#turn(
					batches.map((each) => (shadow) => shadow.append([each])),
					() => log.append(batches, { done: () => this.#settle(), always: choice % 2 === 0 }),
					log,
				);
			} else if (choice < 15) {
				log.keepUp();
			} else if (choice < 18) {
				log.sweep(1 + random.below(6));
			} else if (choice === 18) {
				const upTo = (before.index + random.below(hardState.commit - before.index + 1)) as Index;
				const compact = (): true => {
					log.compact(upTo);
					return true;
				};
				this.#turn([(shadow) => shadow.compact(upTo)], compact, log);
			} else if (random.below(10) === 0) {
				log.close();
				return;
			}
		}
	}

	/** turn: whether what it did is durable when it returns. */
	#turn(steps: readonly ((shadow: LogStore) => void)[], turn: () => boolean, log: LogStore): void {
		for (const step of steps) {
			const next = (this.#shadows.at(-1) as MemoryEngine).fork();
			step(new EngineLogStore(next, crc32));
			this.#shadows.push(next);
		}
		const isDurable = turn();
		this.outcome.late.flushes += isDurable ? 0 : 1;
		if (isDurable || this.#isHasty) {
			this.#settle();
		}
		if (isDurable && this.#random.below(20) === 0) {
			this.#check(log);
		}
	}

	/** What was said to be durable is all that may be found from now on. */
	#settle(): void {
		this.#shadows = this.#shadows.slice(-1);
	}

	#batches(log: LogStore): LogBatch[] {
		const random = this.#random;
		const contents = log.contents();
		let { last } = contents;
		let { term, vote, commit } = contents.hardState;
		return Array.from({ length: 1 + random.below(3) }, () => {
			const rises = random.below(4) === 0 || term === 0;
			term = (term + (rises ? 1 : 0)) as typeof term;
			vote = (rises ? random.below(3) : vote) as typeof vote;
			const label = `${this.#text++} ${'x'.repeat(random.below(random.below(6) === 0 ? 900 : 60))} `;
			if (random.below(25) === 0) {
				const committed = commit;
				last = (commit + 1 + random.below(3)) as Index;
				commit = last;
				return batch({ resetTo: { index: last, term }, term, vote, commit: committed });
			}
			const back = rises && random.below(2) === 0 ? random.below(last - commit + 1) : 0;
			const first = last - back + 1;
			const count = random.below(4);
			last = (first - 1 + count) as Index;
			commit = (commit + random.below(last - commit + 1)) as Index;
			const mark = random.below(15) === 0 ? { mark: { index: (last + 5) as Index, term } } : {};
			return batch({ first, terms: new Array(count).fill(term), label, term, vote, commit, ...(back > 0 ? { truncateFrom: first } : {}), ...mark });
		});
	}
}

/** Counts its writes as changes of the disk; each is flushed. */
class CuttingEngine implements Engine {
	readonly #inner: MemoryEngine;
	readonly #change: () => void;
	writes = 0;

	constructor(inner: MemoryEngine, change: () => void) {
		this.#inner = inner;
		this.#change = change;
	}

	read<T>(work: (view: ReadView) => T): T {
		return this.#inner.read(work);
	}

	pin(): PinnedView {
		return this.#inner.pin();
	}

	write<T>(work: (view: WriteView) => T): T {
		this.#change();
		this.writes++;
		return this.#inner.write(work);
	}

	close(): void {}
}
