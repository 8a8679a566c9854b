/** Cuts a stream of bytes into the JSON objects that stand in it one after the other, as soon as each is whole. What is in them is from-json.ts's business. Used for streaming calls. */

export type Cut = { readonly kind: 'object'; readonly text: string } | { readonly kind: 'mistake'; readonly text: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE_MAX = 0x20;

export class JsonMessages {
	readonly #bytesMax: number;
	/** Of the object that is not whole yet. */
	#parts: Buffer[] = [];
	#bytes = 0;
	#depth = 0;
	#isInString = false;
	#isEscaped = false;

	constructor(bytesMax: number) {
		this.#bytesMax = bytesMax;
	}

	/** Whether it ends within an object. */
	get isTorn(): boolean {
		return this.#depth > 0;
	}

	/** The objects that are whole now. After a mistake nothing more is to be pushed. */
	*push(chunk: Buffer): Generator<Cut> {
		let start = 0;
		for (let i = 0; i < chunk.length; i++) {
			const byte = chunk[i] as number;
			if (this.#depth === 0 && byte !== 0x7b) {
				if (byte > SPACE_MAX) {
					yield { kind: 'mistake', text: `an object expected, not ${JSON.stringify(String.fromCharCode(byte))}` };
					return;
				}
				start = i + 1;
			} else if (this.#step(byte)) {
				yield { kind: 'object', text: this.#take(chunk.subarray(start, i + 1)) };
				start = i + 1;
			}
		}
		if (start < chunk.length) {
			this.#parts.push(chunk.subarray(start));
			this.#bytes += chunk.length - start;
		}
		if (this.#bytes > this.#bytesMax) {
			yield { kind: 'mistake', text: `a message is longer than ${this.#bytesMax} bytes` };
		}
	}

	/** True: an object ends with this byte. */
	#step(byte: number): boolean {
		if (this.#isInString) {
			if (this.#isEscaped) {
				this.#isEscaped = false;
			} else if (byte === BACKSLASH) {
				this.#isEscaped = true;
			} else if (byte === QUOTE) {
				this.#isInString = false;
			}
			return false;
		}
		switch (byte) {
			case QUOTE:
				this.#isInString = true;
				return false;
			case 0x7b:
				this.#depth += 1;
				return false;
			case 0x7d:
				this.#depth -= 1;
				return this.#depth === 0;
			default:
				return false;
		}
	}

	#take(last: Buffer): string {
		const whole = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
		this.#parts = [];
		this.#bytes = 0;
		return whole.toString('utf8');
	}
}
