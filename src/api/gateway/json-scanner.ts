/**
 * Reads JSON (RFC 8259) piece by piece, so that numbers keep all their digits, a field that is there twice is seen, and nothing is built that the message
 * does not have. JSON.parse does none of it. Used by from-json.ts.
 */
import { JSON_DEPTH_MAX } from '../../base/limits.ts';

/** What is wrong with a request's JSON, in words for its sender. */
export class JsonMistake extends Error {}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const QUOTE = '"';
const NOT_FOUND = -1;

export class JsonScanner {
	readonly #text: string;
	#at = 0;
	/** The next backslash at or behind the place where it was looked for last; at the end of the text if there is none. */
	#backslash = NOT_FOUND;

	constructor(text: string) {
		this.#text = text;
	}

	/** The next character that is no space; empty at the end. */
	peek(): string {
		SPACE.lastIndex = this.#at;
		SPACE.test(this.#text);
		this.#at = SPACE.lastIndex;
		return this.#text.charAt(this.#at);
	}

	/** Whether this character comes next; if so, it is read. */
	accept(character: string): boolean {
		if (this.peek() !== character) {
			return false;
		}
		this.#at += 1;
		return true;
	}

	expect(character: string): void {
		if (!this.accept(character)) {
			throw this.unexpected(`'${character}'`);
		}
	}

	string(): string {
		this.expect(QUOTE);
		const start = this.#at;
		const end = this.#text.indexOf(QUOTE, start);
		if (end === NOT_FOUND) {
			throw new JsonMistake('unexpected EOF');
		}
		if (this.#nextBackslash(start) < end) {
			return this.#escaped(start);
		}
		this.#at = end + 1;
		const text = this.#text.slice(start, end);
		if (hasControls(text)) {
			throw new JsonMistake('invalid control character in a string');
		}
		return text;
	}

	/** As it is spelled; null: no number comes next. */
	number(): string | null {
		this.peek();
		return this.#match(NUMBER);
	}

	word(): string | null {
		this.peek();
		return this.#match(WORD);
	}

	/** Reads past a value of any kind. */
	readPast(depth: number): void {
		if (depth > JSON_DEPTH_MAX) {
			throw new JsonMistake(`nested deeper than ${JSON_DEPTH_MAX}`);
		}
		const next = this.peek();
		if (next === '{') {
			this.members((_) => this.readPast(depth + 1));
		} else if (next === '[') {
			this.elements(() => this.readPast(depth + 1));
		} else if (next === QUOTE) {
			this.string();
		} else if (this.word() === null && this.number() === null) {
			throw this.unexpected('a value');
		}
	}

	/** Of an object: read has to read the value. */
	members(read: (name: string) => void): void {
		this.expect('{');
		if (this.accept('}')) {
			return;
		}
		do {
			const name = this.string();
			this.expect(':');
			read(name);
		} while (this.accept(','));
		this.expect('}');
	}

	elements(read: () => void): void {
		this.expect('[');
		if (this.accept(']')) {
			return;
		}
		do {
			read();
		} while (this.accept(','));
		this.expect(']');
	}

	unexpected(wanted: string): JsonMistake {
		if (this.peek() === '') {
			return new JsonMistake('unexpected EOF');
		}
		// No more than that: what stands at a wrong place may be a password.
		const shown = this.#text.slice(this.#at, this.#at + 1);
		return new JsonMistake(`syntax error at offset ${this.#at}: ${wanted} expected, not ${JSON.stringify(shown)}`);
	}

	#match(pattern: RegExp): string | null {
		pattern.lastIndex = this.#at;
		const found = pattern.exec(this.#text);
		if (found === null) {
			return null;
		}
		this.#at = pattern.lastIndex;
		return found[0];
	}

	/** Looked for once, not for each string: the text may be long, and have none. */
	#nextBackslash(from: number): number {
		if (this.#backslash < from) {
			const found = this.#text.indexOf('\\', from);
			this.#backslash = found === NOT_FOUND ? this.#text.length : found;
		}
		return this.#backslash;
	}

	#escaped(start: number): string {
		let end = start;
		while (this.#text.charAt(end) !== QUOTE) {
			if (end >= this.#text.length) {
				throw new JsonMistake('unexpected EOF');
			}
			end += this.#text.charAt(end) === '\\' ? 2 : 1;
		}
		this.#at = end + 1;
		try {
			return JSON.parse(this.#text.slice(start - 1, end + 1)) as string;
		} catch {
			throw new JsonMistake('invalid escape in a string');
		}
	}
}

function hasControls(text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		if (text.charCodeAt(i) < 0x20) {
			return true;
		}
	}
	return false;
}
