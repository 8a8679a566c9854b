/**
 * Listings of one lane that are too large for one turn of its thread: one at a time, first come, first served, each read at its turn and printed piece by
 * piece over the turns that follow, and then written so, since the kernel takes its time too. What waits holds nothing. A connection has one of them at most (adapters/http1-turns.ts). Used by keys.ts.
 */
import type { V2Listing } from '../../v2/listing.ts';

/** A listing's answer. */
export interface ListingAnswer {
	/** Nobody waits for it any more. */
	readonly isOver: boolean;
	/** Null: it has been answered otherwise, or is over. */
	open(): OpenListing | null;
	/** After the head. */
	write(piece: Uint8Array): void;
	end(): void;
}

export interface OpenListing {
	readonly listing: V2Listing;
	/** The answer's head; so many bytes will follow. */
	begin(bytes: number): void;
}

/** The one that is being printed. */
interface Printing {
	readonly answer: ListingAnswer;
	readonly open: OpenListing;
	readonly pieces: Uint8Array[];
	/** Pieces that are written; null: it is still being printed. */
	written: number | null;
}

/** Printed within a millisecond. */
export const LISTING_PIECE_CHARACTERS = 128 * 2 ** 10;

export class ListingTurns {
	readonly #later: (work: () => void) => void;
	#waiting: ListingAnswer[] = [];
	#current: Printing | null = null;
	#isScheduled = false;

	/** later: in another turn of the thread, when others have had theirs. */
	constructor(later: (work: () => void) => void) {
		this.#later = later;
	}

	add(answer: ListingAnswer): void {
		this.#waiting.push(answer);
		this.#schedule();
	}

	#schedule(): void {
		if (!this.#isScheduled) {
			this.#isScheduled = true;
			this.#later(() => this.#turn());
		}
	}

	#turn(): void {
		this.#isScheduled = false;
		if (this.#current === null) {
			this.#open();
		} else {
			this.#goOn(this.#current);
		}
		if (this.#current !== null || this.#waiting.length > 0) {
			this.#schedule();
		}
	}

	/** Those that nobody waits for take no turn. */
	#open(): void {
		this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
		const answer = this.#waiting.shift();
		const open = answer?.open() ?? null;
		if (answer !== undefined && open !== null) {
			this.#current = { answer, open, pieces: [], written: null };
		}
	}

	#goOn(current: Printing): void {
		const { answer, open, pieces, written } = current;
		const piece = answer.isOver || written !== null ? null : open.listing.print(LISTING_PIECE_CHARACTERS);
		if (answer.isOver) {
			this.#current = null;
		} else if (piece !== null) {
			pieces.push(piece);
		} else if (written === null) {
			open.begin(pieces.reduce((bytes, each) => bytes + each.length, 0));
			current.written = 0;
		} else if (written < pieces.length) {
			answer.write(pieces[written] as Uint8Array);
			current.written = written + 1;
		} else {
			this.#current = null;
			answer.end();
		}
	}
}
