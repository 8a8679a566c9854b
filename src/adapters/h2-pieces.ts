/** An answer in pieces, of which each is let go as it is taken. Used by h2-call.ts. */
export class AnswerPieces {
	readonly wholeBytes: number;
	readonly #pieces: (Uint8Array | null)[];
	#next = 0;

	constructor(pieces: readonly Uint8Array[]) {
		this.#pieces = [...pieces];
		this.wholeBytes = pieces.reduce((sum, each) => sum + each.length, 0);
	}

	/** null: there is none left. */
	take(): Uint8Array | null {
		const piece = this.#pieces[this.#next] ?? null;
		this.#pieces[this.#next] = null;
		this.#next++;
		return piece;
	}
}
