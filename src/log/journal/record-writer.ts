/**
 * Builds one record at a time in a buffer that is used again and again: payloads are copied once, into it, and nothing else is made per entry.
 * Used by the journal's store alone.
 */
import { assert } from '../../base/assert.ts';
import type { Index } from '../../base/brand.ts';
import type { Checksum } from '../layout.ts';
import type { LogBatch } from '../log-store.ts';
import { RECORD_HEADER_BYTES, type RecordHeader, sealRecord } from './record.ts';
import { batchBytesMax, COMPACTION_BYTES, writeBatch, writeCompaction } from './steps.ts';

const BUFFER_BYTES_MIN = 64 * 2 ** 10;
/** A larger buffer, which one great turn needed, is not kept. */
const BUFFER_BYTES_KEPT_MAX = 8 * 2 ** 20;

export class RecordWriter {
	readonly #checksum: Checksum;
	readonly #salt: number;
	#place = { bytes: new Uint8Array(BUFFER_BYTES_MIN), at: RECORD_HEADER_BYTES };

	constructor(salt: number, checksum: Checksum) {
		this.#salt = salt;
		this.#checksum = checksum;
	}

	/** Of the body so far. */
	get length(): number {
		return this.#place.at - RECORD_HEADER_BYTES;
	}

	/** Returns where the batch's entries begin in the body. */
	addBatch(batch: LogBatch): number {
		this.#ensure(batchBytesMax(batch));
		return writeBatch(this.#place, batch, this.#checksum) - RECORD_HEADER_BYTES;
	}

	addCompaction(upTo: Index): void {
		this.#ensure(COMPACTION_BYTES);
		writeCompaction(this.#place, upTo);
	}

	/** The finished record, valid until the next one is begun, and its CRC. */
	seal(header: Omit<RecordHeader, 'length' | 'crc'>): { readonly record: Uint8Array; readonly crc: number } {
		const record = this.#place.bytes.subarray(0, this.#place.at);
		return { record, crc: sealRecord(record, header, this.#salt, this.#checksum) };
	}

	/** Begins the next record. */
	clear(): void {
		if (this.#place.bytes.length > BUFFER_BYTES_KEPT_MAX) {
			this.#place.bytes = new Uint8Array(BUFFER_BYTES_MIN);
		}
		this.#place.at = RECORD_HEADER_BYTES;
	}

	#ensure(more: number): void {
		const needed = this.#place.at + more;
		assert(needed < 2 ** 31, () => `a record of ${needed} bytes`);
		const { bytes } = this.#place;
		if (needed > bytes.length) {
			const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
			larger.set(bytes.subarray(0, this.#place.at));
			this.#place = { bytes: larger, at: this.#place.at };
		}
	}
}
