/**
 * The live tail of a prefix: a watch of this lane, its events made into rows for one page. It never holds the watch up: what happens faster than a
 * person reads, or than a slow page takes, is left out, oldest first, and told as a number. Used by events-route.ts.
 */
import { CODES, codeRow } from '../../base/codes.ts';
import type { TailBatch, TailRow } from '../../ports/key-tail.ts';
import type { Lane } from '../../ports/lane.ts';
import type { WatchStream } from '../../ports/watches.ts';
import { etcdserverpb, mvccpb } from '../../rpc/generated/messages.js';

const { WatchResponse } = etcdserverpb;
const { EventType } = mvccpb.Event;

export interface TailRange {
	/** As on the wire. */
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
}

export interface KeyTailPorts {
	readonly lane: Lane;
	/** By the rights of whoever looks, now: 0, or the code of the refusal. */
	readonly judge: () => number;
	/** False: the page takes no more for now, and has not got this. */
	readonly send: (batch: TailBatch) => boolean;
	/** The rights have changed since it began: the page is to connect, and be judged, anew. */
	readonly again: () => void;
}

/** Of one page, between two sendings. */
const ROWS_MAX = 200;
/** Of a key, and of a value. */
const SHOWN_BYTES_MAX = 512;
const GATHER_MILLISECONDS = 150;

export class KeyTail {
	readonly #ports: KeyTailPorts;
	#watch: WatchStream | null = null;
	#rows: TailRow[] = [];
	#leftOut = 0;
	#problem = '';
	#timer: NodeJS.Timeout | null = null;

	constructor(range: TailRange, ports: KeyTailPorts) {
		this.#ports = ports;
		const code = ports.judge();
		const watch =
			code === CODES.ok.code ? ports.lane.watches.open({ response: (bytes) => this.#hear(bytes), ended: (why) => this.#fail(why) }) : code;
		if (typeof watch === 'number') {
			this.#fail(watch);
			return;
		}
		this.#watch = watch;
		const options = { noPut: false, noDelete: false, prevKv: false, fragment: false, progressNotify: false };
		watch.create({ watchId: 0n, ...range, startRevision: 0, ...options });
	}

	close(): void {
		clearTimeout(this.#timer ?? undefined);
		this.#watch?.close();
		this.#watch = null;
	}

	/** Always true: the connection is not what this waits for. */
	#hear(bytes: Uint8Array): boolean {
		const { canceled, cancel_reason: reason, events } = WatchResponse.decode(bytes);
		// The newest of many are all that is looked at.
		const from = Math.max(0, events.length - ROWS_MAX);
		this.#rows.push(...events.slice(from).map(toRow));
		const over = Math.max(0, this.#rows.length - ROWS_MAX);
		this.#rows.splice(0, over);
		this.#leftOut += from + over;
		if (canceled) {
			this.#problem = reason === '' ? 'the watch was canceled' : reason;
		}
		if (canceled || events.length > 0) {
			this.#timer ??= setTimeout(() => this.#tell(), GATHER_MILLISECONDS);
		}
		return true;
	}

	#fail(code: number): void {
		this.#problem = (codeRow(code) ?? CODES.timeout).text;
		this.#timer ??= setTimeout(() => this.#tell(), GATHER_MILLISECONDS);
	}

	#tell(): void {
		this.#timer = null;
		const { judge, send, again } = this.#ports;
		if (this.#watch !== null && judge() !== CODES.ok.code) {
			this.close();
			again();
		} else if (send({ rows: this.#rows, leftOut: this.#leftOut, problem: this.#problem })) {
			this.#rows = [];
			this.#leftOut = 0;
			if (this.#problem !== '') {
				this.close();
			}
		} else {
			this.#timer = setTimeout(() => this.#tell(), GATHER_MILLISECONDS);
		}
	}
}

function toRow({ type, kv }: mvccpb.Event.$Properties): TailRow {
	const key = kv?.key ?? new Uint8Array();
	const value = kv?.value ?? new Uint8Array();
	return {
		type: type === EventType.DELETE ? 'delete' : 'put',
		key: beginningOf(key),
		keyBytes: key.length,
		revision: Number(kv?.mod_revision ?? 0),
		version: Number(kv?.version ?? 0),
		value: beginningOf(value),
		valueBytes: value.length,
	};
}

function beginningOf(bytes: Uint8Array): string {
	return Buffer.from(bytes.subarray(0, SHOWN_BYTES_MAX)).toString('base64');
}
