/** What clients asked and were told: the raw requests and answers, with the times at which they left and came. Written by client.ts, read by the checkers. */
import type { Slot } from '../../src/base/brand.ts';
import { etcdserverpb } from '../../src/rpc/generated/messages.js';

export type Method = 'Put' | 'DeleteRange' | 'Txn' | 'Range' | 'Compact';

/** ok: it happened. refused: it did not. unknown: it may have happened, or may yet. */
export type Outcome = 'open' | 'ok' | 'refused' | 'unknown';

export interface Operation {
	readonly id: number;
	readonly client: number;
	readonly member: Slot;
	readonly method: Method;
	/** The protobuf message, as it was sent. */
	readonly request: Uint8Array;
	/** A read that may be answered from an old state. */
	readonly mayBeOld: boolean;
	readonly invoked: number;
	returned: number;
	outcome: Outcome;
	response: Uint8Array | null;
	/** What a refusal said. */
	words: string;
}

export interface Kv {
	readonly key: string;
	readonly value: string;
	readonly create: number;
	readonly mod: number;
	readonly version: number;
}

export function textOf(bytes: Uint8Array | null | undefined): string {
	return bytes === null || bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
}

export function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, 'latin1'));
}

interface LongLike {
	toNumber(): number;
}

export function numberOf(value: LongLike | null | undefined): number {
	return value === null || value === undefined ? 0 : value.toNumber();
}

interface KeyValueMessage {
	readonly key?: Uint8Array | null;
	readonly value?: Uint8Array | null;
	readonly create_revision?: LongLike | null;
	readonly mod_revision?: LongLike | null;
	readonly version?: LongLike | null;
}

export function kvOf(message: KeyValueMessage): Kv {
	return {
		key: textOf(message.key),
		value: textOf(message.value),
		create: numberOf(message.create_revision),
		mod: numberOf(message.mod_revision),
		version: numberOf(message.version),
	};
}

/** The revision in an answer's header. */
export function revisionOf(operation: Operation): number {
	const { method, response } = operation;
	if (response === null) {
		return 0;
	}
	switch (method) {
		case 'Put':
			return numberOf(etcdserverpb.PutResponse.decode(response).header?.revision);
		case 'DeleteRange':
			return numberOf(etcdserverpb.DeleteRangeResponse.decode(response).header?.revision);
		case 'Txn':
			return numberOf(etcdserverpb.TxnResponse.decode(response).header?.revision);
		case 'Range':
			return numberOf(etcdserverpb.RangeResponse.decode(response).header?.revision);
		case 'Compact':
			return numberOf(etcdserverpb.CompactionResponse.decode(response).header?.revision);
	}
}
