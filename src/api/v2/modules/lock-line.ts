/**
 * Who stands in line for a lock of the classic lock module: the files of /_etcd/mod/lock/<name>, named by the index at which they came, so that
 * whoever has the least holds the lock (reference/etcd-surface.md 1.9). Reads and changes them as a client of the lane. Used by this folder.
 */
import { assert } from '../../../base/assert.ts';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../../../base/bytes.ts';
import type { ReadView } from '../../../base/engine.ts';
import type { Lane } from '../../../ports/lane.ts';
import { COMMAND_KIND } from '../../../protocol/command.ts';
import type { V2Failure } from '../../../v2/event.ts';
import { childrenOf, readState } from '../../../v2/nodes.ts';
import { splitPath } from '../../../v2/path.ts';
import { NODE_KIND } from '../../../v2/record.ts';
import { encodeV2Request, V2_OPERATION, type V2Request } from '../../../v2/request-codec.ts';
import { decodeV2Response, type V2Response } from '../../../v2/response-codec.ts';
import { walk } from '../../../v2/walk.ts';

const ROOT = '/_etcd/mod/lock';
const NAME_DIGITS = 20;
const MILLISECONDS_A_SECOND = 1_000;

/** One in the line. */
export interface Standing {
	/** The lock's index: greater than that of everybody who held it before. */
	readonly index: number;
	readonly path: Uint8Array;
	readonly value: Uint8Array;
}

export interface LineView {
	/** The v2 index when it was read. */
	readonly index: number;
	/** The first one holds the lock. */
	readonly standings: readonly Standing[];
}

/** code: of base/codes.ts; 0 with the tree's answer, which may be a refusal of its own. */
export type Changed = (code: number, answer: V2Response | null) => void;

export class LockLine {
	readonly #lane: Lane;
	readonly #directory: Uint8Array;
	readonly #user: Uint8Array;

	/** name: a byte string (JS characters 0 to 255). user: in whose name its keys are changed. */
	constructor(lane: Lane, name: string, user: Uint8Array) {
		assert(name !== '', 'a lock has a name');
		this.#lane = lane;
		this.#directory = directoryOf(name);
		this.#user = user;
	}

	/** As this lane sees it. A failure: nobody has ever stood here. */
	read(): LineView | V2Failure {
		return this.#lane.reader.read((view) => this.#readFrom(view));
	}

	pathOf(index: number): Uint8Array {
		return concatBytes([this.#directory, Buffer.from(`/${String(index).padStart(NAME_DIGITS, '0')}`, 'latin1')]);
	}

	/** Joins the line at its end. */
	join(value: Uint8Array, ttlSeconds: number, done: Changed): void {
		this.#propose({ operation: V2_OPERATION.create_in_order, path: this.#directory, value, ...timesOf(ttlSeconds) }, done);
	}

	/** Gives a place its whole time again; nobody is woken by it. */
	refresh(path: Uint8Array, ttlSeconds: number, done: Changed): void {
		this.#propose({ operation: V2_OPERATION.update, path, refresh: true, ...timesOf(ttlSeconds) }, done);
	}

	/** The same, with another value. */
	rewrite(path: Uint8Array, value: Uint8Array, ttlSeconds: number, done: Changed): void {
		this.#propose({ operation: V2_OPERATION.update, path, value, ...timesOf(ttlSeconds) }, done);
	}

	/** modifiedIndex: leaves only if nobody has touched the place since; 0: in any case. */
	leave(path: Uint8Array, modifiedIndex: number, done: Changed): void {
		const operation = modifiedIndex === 0 ? V2_OPERATION.delete : V2_OPERATION.compare_and_delete;
		this.#propose({ operation, path, prevIndex: BigInt(modifiedIndex), ...timesOf(0) }, done);
	}

	#readFrom(view: ReadView): LineView | V2Failure {
		const { index } = readState(view);
		const found = walk(view, splitPath(this.#directory), index);
		if (!found.ok) {
			return found;
		}
		const standings: Standing[] = [];
		// A lock may have others below it: /a and /a/b.
		for (const { name, node } of found.node.kind === NODE_KIND.directory ? childrenOf(view, found.node) : []) {
			const text = Buffer.from(name).toString('latin1');
			if (node.kind === NODE_KIND.file && /^[0-9]{20}$/.test(text)) {
				standings.push({ index: Number(text), path: this.pathOf(Number(text)), value: node.value });
			}
		}
		return { index, standings };
	}

	#propose(request: Pick<V2Request, 'operation' | 'path' | 'now' | 'expiration'> & Partial<V2Request>, done: Changed): void {
		const rest = { directory: false, recursive: false, value: EMPTY_BYTES, prevValue: EMPTY_BYTES, prevIndex: 0n, quiet: false, refresh: false };
		this.#lane.propose(COMMAND_KIND.v2, encodeV2Request({ ...rest, ...request, user: this.#user }), (code, answer) =>
			done(code, code === 0 ? decodeV2Response(answer) : null),
		);
	}
}

/** Where those stand who want the lock. */
export function directoryOf(name: string): Uint8Array {
	return Buffer.from(`${ROOT}/${name}`, 'latin1');
}

export function findByValue(line: LineView, value: Uint8Array): Standing | null {
	return line.standings.find((standing) => equalBytes(standing.value, value)) ?? null;
}

/** Without a time to live a place is for ever. */
function timesOf(ttlSeconds: number): Pick<V2Request, 'now' | 'expiration'> {
	const now = Date.now();
	return { now, expiration: ttlSeconds === 0 ? 0 : now + ttlSeconds * MILLISECONDS_A_SECOND };
}
