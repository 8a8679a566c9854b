/**
 * What watchers were sent is what the committed log says, stream by stream (the watch guarantees of reliability.md 1.5): filtered, ordered, unique,
 * whole revisions, nothing missing between the start and the last revision that was told of, progress never ahead of an event that is not sent,
 * previous values, and cancels for compaction only where a compaction was ahead. A client resumes behind what it had, so exact streams leave no gap.
 */
import type { Kv } from '../history.ts';
import { demand } from '../verdict.ts';
import type { SeenEvent, WatchLeg } from '../watch-record.ts';
import { type Replay, wordsOf } from './replay.ts';

export class WatchStreams {
	readonly #replay: Replay;
	events = 0;
	bookmarks = 0;
	compacted = 0;

	constructor(replay: Replay) {
		this.#replay = replay;
	}

	check(legs: readonly WatchLeg[]): void {
		for (const leg of legs) {
			this.#checkLeg(leg);
		}
	}

	#checkLeg(leg: WatchLeg): void {
		const where = `watcher ${leg.client} at member ${leg.member} from ${leg.start} on`;
		let start = leg.start;
		/** Everything below this is judged. */
		let next = leg.start;
		let bookmark = 0;
		let isOver = false;
		for (const seen of leg.seen) {
			demand(!isOver, 'a watch ends once', () => `${where} was sent ${seen.kind} behind its cancel`);
			switch (seen.kind) {
				case 'created':
					start = leg.start === 0 ? seen.revision + 1 : leg.start;
					next = start;
					break;
				case 'events':
					next = this.#checkEvents(leg, next, seen.events, where);
					break;
				case 'progress':
					demand(seen.revision >= bookmark, 'bookmarkable', () => `${where}: progress ${seen.revision} behind ${bookmark}`);
					bookmark = seen.revision;
					this.bookmarks++;
					this.#checkNothingLeft(leg, { from: next, upTo: seen.revision }, `${where}: progress ${seen.revision}`);
					next = Math.max(next, seen.revision + 1);
					break;
				case 'compacted':
					isOver = true;
					this.compacted++;
					demand(
						seen.compactRevision > start && seen.compactRevision <= this.#replay.compacted,
						'compacted watches',
						() => `${where} was cancelled for a compaction at ${seen.compactRevision}; it began at ${start}, compacted is ${this.#replay.compacted}`,
					);
					demand(seen.compactRevision > next, 'compacted watches', () => `${where} was cancelled at ${seen.compactRevision}, and is owed ${next}`);
			}
		}
	}

	/** Whole revisions, and all of the range that lie between. Gives the revision behind them. */
	#checkEvents(leg: WatchLeg, next: number, events: readonly SeenEvent[], where: string): number {
		const first = events[0]?.revision ?? 0;
		const last = events.at(-1)?.revision ?? 0;
		demand(first >= next, 'ordered and unique', () => `${where} was sent revision ${first}, everything below ${next} was behind it`);
		demand(last <= this.#replay.revision, 'reliable', () => `${where} was sent revision ${last}, the log makes ${this.#replay.revision}`);
		const expected: string[] = [];
		for (let revision = next; revision <= last; revision++) {
			expected.push(...this.#changesOf(leg, revision));
		}
		const said = events.map((event) => wordsOfEvent(event.revision, event.isDelete ? null : event.kv, event.kv.key));
		demand(
			sorted(said, events) === expected.join('; '),
			'reliable and atomic',
			() => `${where} was sent "${said.join('; ')}" with all from ${next} on, the log says "${expected.join('; ')}"`,
		);
		for (const event of events) {
			this.#checkPrevious(leg, event, where);
		}
		this.events += events.length;
		return last + 1;
	}

	#checkPrevious(leg: WatchLeg, { revision, kv, previous }: SeenEvent, where: string): void {
		const before = this.#replay.states[revision - 1]?.get(kv.key) ?? null;
		// What a compaction has dropped may be left out.
		const mayLack = before === null || !leg.previous || this.#replay.compacted >= revision;
		demand(
			previous === null ? mayLack : leg.previous && before !== null && wordsOf([previous]) === wordsOf([before]),
			'previous values',
			() => `${where}: before ${kv.key} at ${revision} there was ${previous?.value}, the log says ${before?.value}`,
		);
	}

	#checkNothingLeft(leg: WatchLeg, { from, upTo }: { readonly from: number; readonly upTo: number }, words: string): void {
		demand(upTo <= this.#replay.revision, 'bookmarkable', () => `${words}: the log makes ${this.#replay.revision}`);
		for (let revision = from; revision <= upTo; revision++) {
			const [owed] = this.#changesOf(leg, revision);
			demand(owed === undefined, 'bookmarkable', () => `${words} is ahead of "${owed}", which was not sent`);
		}
	}

	/** In key order: within a revision nothing else is promised to be compared here. */
	#changesOf(leg: WatchLeg, revision: number): string[] {
		return (this.#replay.changes[revision] ?? [])
			.filter(({ key, kv }) => isIn(leg, key) && !(kv === null ? leg.noDelete : leg.noPut))
			.map(({ key, kv }) => wordsOfEvent(revision, kv, key));
	}
}

function isIn({ key: lo, rangeEnd }: WatchLeg, key: string): boolean {
	return rangeEnd === '' ? key === lo : key >= lo && key < rangeEnd;
}

function wordsOfEvent(revision: number, kv: Kv | null, key: string): string {
	return kv === null ? `${revision} ${key} gone` : `${revision} ${wordsOf([kv])}`;
}

/** The revisions stay where they are. */
function sorted(words: readonly string[], events: readonly SeenEvent[]): string {
	const rows = events.map(({ revision, kv }, at) => ({ revision, key: kv.key, at, before: at === 0 ? 0 : (events[at - 1]?.revision ?? 0) }));
	const isOrdered = rows.every(({ revision, before }) => revision >= before);
	const order = isOrdered ? rows.sort((a, b) => a.revision - b.revision || (a.key < b.key ? -1 : 1)) : rows;
	return order.map(({ at }) => words[at]).join('; ');
}
