/**
 * The words of a bbolt file, etcd's database: pages of one size, a tree of buckets, two meta pages that say where it begins. All little endian.
 *
 *   page     id u64, flags u16, count u16, overflow u32, then its elements; overflow pages follow it without headers of their own
 *   branch   pos u32, key bytes u32, page u64 an element          leaf     flags u32, pos u32, key bytes u32, value bytes u32 an element
 *            (pos counts from the element itself to its key; a leaf's value follows the key)
 *   bucket   a leaf's value with flag 1: root page u64, sequence u64; root 0: the page follows inside the value (an inline bucket)
 *   meta     in pages 0 and 1: the 64 bytes below; the valid one with the greater transaction id counts
 *
 * Used by the writer and the reader of this folder. Nothing here knows what etcd keeps in its buckets.
 */

export const PAGE_BYTES = 4_096;
export const PAGE_HEADER_BYTES = 16;
export const ELEMENT_BYTES = 16;
export const BUCKET_BYTES = 16;
export const PAGE_FLAG = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** Of a leaf's element: its value is a bucket. */
export const ELEMENT_IS_BUCKET = 1;
/** The pages before the first one of the tree. */
export const META_PAGES = 2;
export const META_BYTES = 64;
/** A bucket of at most this much is kept inside its parent's leaf. */
export const INLINE_BYTES_MAX = PAGE_BYTES / 4;

const MAGIC = 0xed0cdaed;
const VERSION = 2;
const CHECKED_BYTES = 56;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

export interface Meta {
	readonly pageBytes: number;
	/** The page of the bucket of buckets. */
	readonly root: number;
	readonly freelist: number;
	/** Pages of the file that are in use or free; all others are beyond its end. */
	readonly pages: number;
	readonly transactionId: number;
}

/** FNV-1a in 64 bits: what bbolt sums its meta pages up with. */
export function fnv64a(bytes: Uint8Array): bigint {
	let hash = FNV_OFFSET;
	for (const byte of bytes) {
		hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
	}
	return hash;
}

export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function writePageHeader(
	page: Uint8Array,
	header: { readonly id: number; readonly flags: number; readonly count: number; readonly overflow: number },
): void {
	const view = viewOf(page);
	view.setBigUint64(0, BigInt(header.id), true);
	view.setUint16(8, header.flags, true);
	view.setUint16(10, header.count, true);
	view.setUint32(12, header.overflow, true);
}

/** A whole meta page. */
export function encodeMetaPage(meta: Meta): Uint8Array {
	const page = new Uint8Array(meta.pageBytes);
	writePageHeader(page, { id: meta.transactionId % META_PAGES, flags: PAGE_FLAG.meta, count: 0, overflow: 0 });
	const body = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
	const view = viewOf(body);
	view.setUint32(0, MAGIC, true);
	view.setUint32(4, VERSION, true);
	view.setUint32(8, meta.pageBytes, true);
	view.setBigUint64(16, BigInt(meta.root), true);
	view.setBigUint64(32, BigInt(meta.freelist), true);
	view.setBigUint64(40, BigInt(meta.pages), true);
	view.setBigUint64(48, BigInt(meta.transactionId), true);
	view.setBigUint64(CHECKED_BYTES, fnv64a(body.subarray(0, CHECKED_BYTES)), true);
	return page;
}

/** The meta record of a page's body, or null if these bytes are not a whole and correct one. */
export function decodeMeta(body: Uint8Array): Meta | null {
	const view = viewOf(body);
	if (body.length < META_BYTES || view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) {
		return null;
	}
	if (view.getBigUint64(CHECKED_BYTES, true) !== fnv64a(body.subarray(0, CHECKED_BYTES))) {
		return null;
	}
	return {
		pageBytes: view.getUint32(8, true),
		root: readNumber(view, 16),
		freelist: readNumber(view, 32),
		pages: readNumber(view, 40),
		transactionId: readNumber(view, 48),
	};
}

/** A u64 of a file that a stranger may have written: beyond 2^53 it is too great for whatever it counts, and stays so when it is rounded. */
export function readNumber(view: DataView, at: number): number {
	return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
