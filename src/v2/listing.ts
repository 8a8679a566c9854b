/**
 * A file or a directory as it is to be printed: what was read of the tree, of which each node is a part, printed piece by piece when it suits. It needs no
 * view any more. Made by read.ts; in which turns a large one is printed is api/v2/listing-turns.ts.
 */
import { assert } from '../base/assert.ts';
import type { NodeFace } from './event.ts';
import { nodeHead, nodeTail } from './event-json.ts';

/** A node's head, with its tail if it shows no children; without a face it is the end of a directory. */
export interface ListingPart {
	/** What comes before it. */
	readonly before: string;
	readonly escapedPath: string;
	readonly face: NodeFace | null;
	readonly hasTail: boolean;
}

const encoder = new TextEncoder();

export class V2Listing {
	/** X-Etcd-Index. */
	readonly index: number;
	readonly #parts: readonly ListingPart[];
	/** What TTLs are counted from. */
	readonly #now: number;
	#next = 0;

	constructor(index: number, parts: readonly ListingPart[], now: number) {
		assert(parts.length > 0, 'a listing shows what it lists');
		this.index = index;
		this.#parts = parts;
		this.#now = now;
	}

	/** The body's next part, of so many characters and one node's more. Null: that was all. */
	print(charactersMax: number): Uint8Array | null {
		if (this.#next === this.#parts.length) {
			return null;
		}
		const texts = this.#next === 0 ? ['{"action":"get","node":'] : [];
		for (let characters = 0; characters < charactersMax && this.#next < this.#parts.length; this.#next++) {
			const text = this.#textOf(this.#parts[this.#next] as ListingPart);
			characters += text.length;
			texts.push(text);
		}
		if (this.#next === this.#parts.length) {
			texts.push('}\n');
		}
		return encoder.encode(texts.join(''));
	}

	#textOf({ before, escapedPath, face, hasTail }: ListingPart): string {
		return face === null ? before : before + nodeHead(escapedPath, face, this.#now) + (hasTail ? nodeTail(face) : '');
	}
}
