/**
 * Where in the journal the newest entries are: those that the log's engine does not hold yet, or holds in a version that was cut since.
 * A place is one number an entry, so that a few full segments of small entries cost some megabytes and no payload stays in memory.
 * Invariant: places ascend with the index within a segment, and segments follow one another in the order of their use.
 */
import { assert } from '../../base/assert.ts';
import type { Index } from '../../base/brand.ts';

export interface EntryPlace {
	readonly segment: number;
	/** Of the entry's record, in the segment. */
	readonly at: number;
	readonly bytes: number;
}

const SEGMENT_BYTES_MAX = 2 ** 32;
/** Dropped places at the front are taken out of the arrays once there are so many, and they are half. */
const DROPPED_MIN = 1_024;

export class EntryPlaces {
	/** Of the entry at #head. */
	#first: Index;
	#head = 0;
	#places: number[] = [];
	#bytes: number[] = [];

	constructor(first: Index) {
		this.#first = first;
	}

	/** The first entry whose newest version is in the journal; the one after the last if there is none. */
	get first(): Index {
		return this.#first;
	}

	get end(): Index {
		return (this.#first + this.#places.length - this.#head) as Index;
	}

	reset(first: Index): void {
		this.#first = first;
		this.#clear();
	}

	/** From an entry before the first one too: then the engine's version of it is no longer valid. */
	truncateFrom(index: Index): void {
		if (index <= this.#first) {
			this.reset(index);
		} else if (index < this.end) {
			this.#places.length = this.#head + index - this.#first;
			this.#bytes.length = this.#places.length;
		}
	}

	add(segment: number, at: number, bytes: number): void {
		assert(at < SEGMENT_BYTES_MAX, () => `an entry at ${at} of a segment`);
		this.#places.push(segment * SEGMENT_BYTES_MAX + at);
		this.#bytes.push(bytes);
	}

	/** The engine holds what this segment held: the oldest one with places. */
	dropSegment(segment: number): void {
		let head = this.#head;
		while (head < this.#places.length && Math.floor((this.#places[head] as number) / SEGMENT_BYTES_MAX) === segment) {
			head++;
		}
		this.#first = (this.#first + head - this.#head) as Index;
		this.#head = head;
		if (head === this.#places.length) {
			this.#clear();
		} else if (head >= DROPPED_MIN && 2 * head >= this.#places.length) {
			this.#places = this.#places.slice(head);
			this.#bytes = this.#bytes.slice(head);
			this.#head = 0;
		}
	}

	placeOf(index: Index): EntryPlace {
		const i = this.#head + index - this.#first;
		const place = this.#places[i];
		assert(index >= this.#first && place !== undefined, () => `entry ${index} is not in the journal's [${this.#first}, ${this.end})`);
		return { segment: Math.floor(place / SEGMENT_BYTES_MAX), at: place % SEGMENT_BYTES_MAX, bytes: this.#bytes[i] as number };
	}

	#clear(): void {
		this.#places = [];
		this.#bytes = [];
		this.#head = 0;
	}
}
