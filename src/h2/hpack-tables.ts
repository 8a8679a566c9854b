/** The two tables that HPACK's indices point into (RFC 7541, 2.3): the static one of appendix A, and a connection's dynamic one. Used by hpack-decoder.ts. */
import { assert } from '../base/assert.ts';
import { fieldBytes, type HeaderField, makeField } from './header-field.ts';

const STATIC_FIELDS: readonly HeaderField[] = [
	[':authority', ''],
	[':method', 'GET'],
	[':method', 'POST'],
	[':path', '/'],
	[':path', '/index.html'],
	[':scheme', 'http'],
	[':scheme', 'https'],
	...[200, 204, 206, 304, 400, 404, 500].map((status) => [':status', String(status)]),
	['accept-charset', ''],
	['accept-encoding', 'gzip, deflate'],
	...['accept-language', 'accept-ranges', 'accept', 'access-control-allow-origin', 'age', 'allow', 'authorization', 'cache-control'],
	...['content-disposition', 'content-encoding', 'content-language', 'content-length', 'content-location', 'content-range', 'content-type'],
	...['cookie', 'date', 'etag', 'expect', 'expires', 'from', 'host', 'if-match', 'if-modified-since', 'if-none-match', 'if-range'],
	...['if-unmodified-since', 'last-modified', 'link', 'location', 'max-forwards', 'proxy-authenticate', 'proxy-authorization', 'range'],
	...['referer', 'refresh', 'retry-after', 'server', 'set-cookie', 'strict-transport-security', 'transfer-encoding', 'user-agent'],
	...['vary', 'via', 'www-authenticate'],
].map((row) => (typeof row === 'string' ? makeField(row, '') : makeField(row[0] ?? '', row[1] ?? '')));

export const STATIC_FIELDS_COUNT = 61;
assert(STATIC_FIELDS.length === STATIC_FIELDS_COUNT, 'appendix A has 61 rows');

const FIELD_BYTES_MIN = 32;

export class HpackTables {
	readonly #bytesLimit: number;
	#bytesMax: number;
	#bytes = 0;
	/** A ring: the newest field is at #next - 1. */
	readonly #ring: (HeaderField | null)[];
	#next = 0;
	#count = 0;
	#version = 0;

	/** bytesLimit: what we let the other side use (SETTINGS_HEADER_TABLE_SIZE). */
	constructor(bytesLimit: number) {
		this.#bytesLimit = bytesLimit;
		this.#bytesMax = bytesLimit;
		this.#ring = new Array<HeaderField | null>(Math.ceil(bytesLimit / FIELD_BYTES_MIN) + 1).fill(null);
	}

	/** Another number means that the indices mean something else. */
	get version(): number {
		return this.#version;
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** The field of an index from 1 on, or null if there is none. */
	at(index: number): HeaderField | null {
		if (index <= STATIC_FIELDS_COUNT) {
			return STATIC_FIELDS[index - 1] ?? null;
		}
		const age = index - STATIC_FIELDS_COUNT;
		if (age > this.#count) {
			return null;
		}
		const slot = this.#next - age;
		return this.#ring[slot < 0 ? slot + this.#ring.length : slot] ?? null;
	}

	/** A field larger than the table empties it (RFC 7541, 4.4). */
	insert(field: HeaderField): void {
		this.#version += 1;
		const bytes = fieldBytes(field);
		this.#evict(this.#bytesMax - bytes);
		if (bytes <= this.#bytesMax) {
			this.#ring[this.#next] = field;
			this.#next = (this.#next + 1) % this.#ring.length;
			this.#count += 1;
			this.#bytes += bytes;
		}
		assert(this.#bytes <= this.#bytesMax && this.#count < this.#ring.length, 'the table keeps to its size');
	}

	/** False: more than we allow. */
	resize(bytesMax: number): boolean {
		if (bytesMax > this.#bytesLimit) {
			return false;
		}
		this.#version += 1;
		this.#bytesMax = bytesMax;
		this.#evict(bytesMax);
		return true;
	}

	/** The oldest go until at most so many bytes are left. */
	#evict(bytesMax: number): void {
		while (this.#bytes > bytesMax && this.#count > 0) {
			const slot = this.#next - this.#count;
			const at = slot < 0 ? slot + this.#ring.length : slot;
			const field = this.#ring[at];
			this.#ring[at] = null;
			this.#count -= 1;
			this.#bytes -= field === null || field === undefined ? 0 : fieldBytes(field);
		}
	}
}
