/**
 * What waits for its turn, a line for each connection, and the lines in turns: who asks for much on one connection waits for himself, not others for him.
 * It decides neither when a turn comes nor what is done in it. Used by read-turns.ts and long-reads.ts.
 */
import { assert } from '../../base/assert.ts';

export class ConnectionLines<T extends { readonly connection: object }> {
	/** None is empty. The next to be served first. */
	readonly #lines = new Map<object, T[]>();
	#size = 0;

	get size(): number {
		return this.#size;
	}

	countOf(connection: object): number {
		return this.#lines.get(connection)?.length ?? 0;
	}

	add(one: T): void {
		const line = this.#lines.get(one.connection);
		if (line === undefined) {
			this.#lines.set(one.connection, [one]);
		} else {
			line.push(one);
		}
		this.#size++;
	}

	/** The first of the next line whose first may go. That line is the last one then. */
	take(may: (one: T) => boolean): T | null {
		for (const [connection, line] of this.#lines) {
			const first = line[0];
			assert(first !== undefined, 'an empty line is none');
			if (may(first)) {
				line.shift();
				this.#size--;
				this.#lines.delete(connection);
				if (line.length > 0) {
					this.#lines.set(connection, line);
				}
				return first;
			}
		}
		return null;
	}

	/** Those that are over leave their lines, wherever they stand. */
	takeOver(isOver: (one: T) => boolean): T[] {
		const over: T[] = [];
		for (const [connection, line] of this.#lines) {
			if (!line.some(isOver)) {
				continue;
			}
			over.push(...line.filter(isOver));
			const left = line.filter((one) => !isOver(one));
			if (left.length > 0) {
				this.#lines.set(connection, left);
			} else {
				this.#lines.delete(connection);
			}
		}
		this.#size -= over.length;
		return over;
	}
}
