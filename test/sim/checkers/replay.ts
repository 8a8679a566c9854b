/**
 * The keyspace as a person would describe it, played from the committed log: a whole map for each revision, and for each entry the answer that
 * its client must have had. It shares the protobuf messages with the product and nothing else.
 */
import { COMMAND_KIND, type Command, decodeCommand } from '../../../src/protocol/command.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { type Kv, kvOf, numberOf, textOf } from '../history.ts';
import { idOf, ReplayedLeases } from './replayed-leases.ts';
import type { Committed } from './state-machine-safety.ts';

export interface Played {
	readonly index: number;
	readonly slot: number;
	readonly body: string;
	/** The revision of the keyspace once it was executed. */
	readonly revision: number;
	readonly mutates: boolean;
	/** In plain words; null: it was refused. */
	readonly answer: string | null;
}

export interface Change {
	readonly key: string;
	/** null: it is gone. */
	readonly kv: Kv | null;
}

type Keys = ReadonlyMap<string, Kv>;
interface Span {
	readonly key?: Uint8Array | null;
	readonly range_end?: Uint8Array | null;
}

const { PutRequest, DeleteRangeRequest, TxnRequest, CompactionRequest } = etcdserverpb;

export class Replay {
	readonly played: Played[] = [];
	/** By revision; revision 1 is the empty keyspace. */
	readonly states: Keys[] = [new Map(), new Map()];
	/** By revision, in key order. */
	readonly changes: (readonly Change[])[] = [[], []];
	readonly leases = new ReplayedLeases();
	#compacted = -1;

	constructor(committed: readonly Committed[]) {
		for (const entry of committed) {
			const command = decodeCommand(entry.payload);
			// A leader's own command is void in an entry of another term.
			if (command !== null && (command.term === 0 || command.term === entry.term)) {
				this.#play(entry.index, command);
			}
		}
	}

	/** -1: nothing was. */
	get compacted(): number {
		return this.#compacted;
	}

	get revision(): number {
		return this.states.length - 1;
	}

	#play(index: number, { kind, body, origin: { slot } }: Command): void {
		const draft = new Draft(this.states.at(-1) ?? new Map(), this.revision + 1, this.leases);
		let answer: string | null;
		switch (kind) {
			case COMMAND_KIND.put:
				answer = draft.put(PutRequest.decode(body));
				break;
			case COMMAND_KIND.delete_range:
				answer = draft.remove(DeleteRangeRequest.decode(body));
				break;
			case COMMAND_KIND.txn:
				answer = draft.txn(TxnRequest.decode(body));
				break;
			case COMMAND_KIND.compact:
				answer = this.#compact(numberOf(CompactionRequest.decode(body).revision));
				break;
			default:
				for (const keys of this.leases.play(index, kind, body)) {
					const ending = new Draft(this.states.at(-1) ?? new Map(), this.revision + 1, this.leases);
					ending.drop(keys);
					this.#keep(ending);
				}
				return;
		}
		this.#keep(draft);
		this.played.push({ index, slot, body: textOf(body), revision: this.revision, mutates: draft.changed.size > 0, answer });
	}

	#keep({ changed, keys }: Draft): void {
		if (changed.size > 0) {
			this.states.push(keys);
			this.changes.push([...changed].sort().map((key) => ({ key, kv: keys.get(key) ?? null })));
		}
	}

	#compact(revision: number): string | null {
		if (revision > this.revision || revision <= this.#compacted) {
			return null;
		}
		this.#compacted = revision;
		return 'compacted';
	}
}

class Draft {
	readonly keys: Map<string, Kv>;
	readonly #revision: number;
	readonly #leases: ReplayedLeases;
	readonly changed = new Set<string>();

	constructor(keys: Keys, revision: number, leases: ReplayedLeases) {
		this.keys = new Map(keys);
		this.#revision = revision;
		this.#leases = leases;
	}

	/** null: there is no such lease. */
	put(request: etcdserverpb.PutRequest.$Properties): string | null {
		const key = textOf(request.key);
		const lease = idOf(request.lease);
		if (!this.#leases.isThere(lease)) {
			return null;
		}
		this.#leases.attach(key, lease);
		const former = this.keys.get(key);
		this.keys.set(key, {
			key,
			value: textOf(request.value),
			create: former?.create ?? this.#revision,
			mod: this.#revision,
			version: (former?.version ?? 0) + 1,
		});
		this.changed.add(key);
		return `put ${request.prev_kv === true && former !== undefined ? wordsOf([former]) : ''}`;
	}

	remove(request: etcdserverpb.DeleteRangeRequest.$Properties): string {
		const gone = select(this.keys, request);
		this.drop(gone.map(({ key }) => key));
		return `deleted ${gone.length} ${request.prev_kv === true ? wordsOf(gone) : ''}`;
	}

	drop(keys: readonly string[]): void {
		for (const key of keys) {
			this.keys.delete(key);
			this.#leases.attach(key, 0n);
			this.changed.add(key);
		}
	}

	txn(request: etcdserverpb.TxnRequest.$Properties): string | null {
		const succeeded = (request.compare ?? []).every((compare) => this.#holds(compare));
		const ops = (succeeded ? request.success : request.failure) ?? [];
		if (ops.some((op) => op.request_put && !this.#leases.isThere(idOf(op.request_put.lease)))) {
			return null;
		}
		const answers = ops.map((op) => {
			if (op.request_put) {
				return this.put(op.request_put);
			}
			if (op.request_delete_range) {
				return this.remove(op.request_delete_range);
			}
			const kvs = select(this.keys, op.request_range ?? {});
			return `range ${kvs.length} ${wordsOf(kvs)}`;
		});
		return `${succeeded} [${answers.join('; ')}]`;
	}

	#holds(compare: etcdserverpb.Compare.$Properties): boolean {
		const kv = this.keys.get(textOf(compare.key));
		if (compare.target === 3) {
			return kv !== undefined && kv.value === textOf(compare.value);
		}
		if (compare.target === 1) {
			return (kv?.create ?? 0) === numberOf(compare.create_revision);
		}
		const [held, wanted] = compare.target === 2 ? [kv?.mod ?? 0, numberOf(compare.mod_revision)] : [kv?.version ?? 0, numberOf(compare.version)];
		return compare.result === 1 ? held > wanted : compare.result === 2 ? held < wanted : held === wanted;
	}
}

export function select(keys: Keys, { key, range_end }: Span): Kv[] {
	const lo = textOf(key);
	const hi = textOf(range_end);
	return [...keys.values()].filter((kv) => (hi === '' ? kv.key === lo : kv.key >= lo && kv.key < hi)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function wordsOf(kvs: readonly Kv[]): string {
	return kvs.map((kv) => `${kv.key}=${kv.value}@${kv.create}/${kv.mod}/${kv.version}`).join(' ');
}

/** An answer that a client has got, in the same plain words. */
export function wordsOfResponse(method: 'Put' | 'DeleteRange' | 'Txn' | 'Compact', response: Uint8Array): string {
	switch (method) {
		case 'Put':
			return wordsOfPut(etcdserverpb.PutResponse.decode(response));
		case 'DeleteRange':
			return wordsOfDelete(etcdserverpb.DeleteRangeResponse.decode(response));
		case 'Compact':
			return 'compacted';
		case 'Txn': {
			const { succeeded, responses } = etcdserverpb.TxnResponse.decode(response);
			const answers = (responses ?? []).map((op) => {
				if (op.response_put) {
					return wordsOfPut(op.response_put);
				}
				if (op.response_delete_range) {
					return wordsOfDelete(op.response_delete_range);
				}
				const kvs = (op.response_range?.kvs ?? []).map(kvOf);
				return `range ${numberOf(op.response_range?.count)} ${wordsOf(kvs)}`;
			});
			return `${succeeded ?? false} [${answers.join('; ')}]`;
		}
	}
}

function wordsOfPut(response: etcdserverpb.PutResponse.$Properties): string {
	return `put ${response.prev_kv ? wordsOf([kvOf(response.prev_kv)]) : ''}`;
}

function wordsOfDelete(response: etcdserverpb.DeleteRangeResponse.$Properties): string {
	return `deleted ${numberOf(response.deleted)} ${wordsOf((response.prev_kvs ?? []).map(kvOf))}`;
}
