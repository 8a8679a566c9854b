/**
 * Each key, alone, is a register: checked by the search of linearizability/check.ts from what clients saw, without a look at the log but for
 * one thing: writes of unknown outcome that never took place are left out, or the search would not end (as etcd does, reliability.md 1.5).
 */
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { numberOf, type Operation, textOf } from '../history.ts';
import { check } from '../linearizability/check.ts';
import { byKey, type KeyInterval, REGISTER, type RegisterAction } from '../linearizability/register.ts';
import { demand } from '../verdict.ts';

const STEPS_MAX = 200_000;

export class LinearizableKeys {
	readonly #hasHappened: (operation: Operation) => boolean;
	keys = 0;
	/** Keys whose search did not end within its bound. */
	undecided = 0;

	constructor(hasHappened: (operation: Operation) => boolean) {
		this.#hasHappened = hasHappened;
	}

	check(operations: readonly Operation[], keysOfAll: readonly string[]): void {
		const history = operations.flatMap((operation) => this.#intervals(operation, keysOfAll));
		for (const [key, part] of byKey(history)) {
			this.keys++;
			const result = check(REGISTER, part, { stepsMax: STEPS_MAX });
			if (result.kind === 'undecided') {
				this.undecided++;
			}
			demand(result.kind !== 'not_linearizable', 'linearizability', () => {
				const stuck = result.kind === 'not_linearizable' ? part[result.stuck] : undefined;
				return `key ${key}: no order fits; the search was stuck at ${JSON.stringify(stuck)}`;
			});
		}
	}

	#intervals(operation: Operation, keysOfAll: readonly string[]): KeyInterval[] {
		const { outcome, invoked, returned } = operation;
		if (outcome === 'refused' || operation.mayBeOld || operation.method === 'Compact') {
			return [];
		}
		const isKnown = outcome === 'ok';
		if (!isKnown && (operation.method === 'Range' || !this.#hasHappened(operation))) {
			return [];
		}
		const actions = isKnown ? knownActions(operation, keysOfAll) : unknownActions(operation, keysOfAll);
		return actions.map(([key, action]) => ({ key, action, invoked, returned: isKnown ? returned : Number.POSITIVE_INFINITY }));
	}
}

type KeyAction = readonly [key: string, action: RegisterAction];

function knownActions(operation: Operation, keysOfAll: readonly string[]): KeyAction[] {
	const { method, request, response } = operation;
	if (method === 'Range') {
		const asked = etcdserverpb.RangeRequest.decode(request);
		if (numberOf(asked.revision) > 0) {
			return [];
		}
		const { kvs } = etcdserverpb.RangeResponse.decode(response as Uint8Array);
		return readActions(asked, kvs ?? [], keysOfAll);
	}
	if (method === 'Txn') {
		const { compare, success, failure } = etcdserverpb.TxnRequest.decode(request);
		const { succeeded } = etcdserverpb.TxnResponse.decode(response as Uint8Array);
		const ops = (succeeded ? success : failure) ?? [];
		const compared = compare?.[0];
		// A compare of the value that held makes its put a swap.
		const swapped = succeeded && compared?.target === 3 ? textOf(compared.key) : null;
		return writesOf(ops, keysOfAll).map(([key, value]) =>
			key === swapped ? [key, { kind: 'swap', expected: textOf(compared?.value), value }] : [key, { kind: 'write', value }],
		);
	}
	return writesOfRequest(operation, keysOfAll).map(([key, value]) => [key, { kind: 'write', value }]);
}

/** A txn in the log may have taken either branch: each write is possible, none is necessary, and at the end of time none disturbs. */
function unknownActions(operation: Operation, keysOfAll: readonly string[]): KeyAction[] {
	return writesOfRequest(operation, keysOfAll).map(([key, value]) => [key, { kind: 'write', value }]);
}

function readActions(
	asked: Span,
	kvs: readonly { readonly key?: Uint8Array | null; readonly value?: Uint8Array | null }[],
	keysOfAll: readonly string[],
): KeyAction[] {
	const values = new Map(kvs.map((kv) => [textOf(kv.key), textOf(kv.value)]));
	return keysIn(asked, keysOfAll).map((key) => [key, { kind: 'read', value: values.get(key) ?? null }]);
}

interface Span {
	readonly key?: Uint8Array | null;
	readonly range_end?: Uint8Array | null;
}

function keysIn({ key, range_end }: Span, keysOfAll: readonly string[]): string[] {
	const lo = textOf(key);
	const hi = textOf(range_end);
	return hi === '' ? [lo] : keysOfAll.filter((each) => each >= lo && each < hi);
}

function writesOfRequest({ method, request }: Operation, keysOfAll: readonly string[]): [string, string | null][] {
	switch (method) {
		case 'Put': {
			const { key, value } = etcdserverpb.PutRequest.decode(request);
			return [[textOf(key), textOf(value)]];
		}
		case 'DeleteRange':
			return keysIn(etcdserverpb.DeleteRangeRequest.decode(request), keysOfAll).map((key) => [key, null]);
		case 'Txn': {
			const { success, failure } = etcdserverpb.TxnRequest.decode(request);
			return writesOf([...(success ?? []), ...(failure ?? [])], keysOfAll);
		}
		default:
			return [];
	}
}

function writesOf(ops: readonly etcdserverpb.RequestOp.$Properties[], keysOfAll: readonly string[]): [string, string | null][] {
	return ops.flatMap(({ request_put: put, request_delete_range: gone }): [string, string | null][] => {
		if (put) {
			return [[textOf(put.key), textOf(put.value)]];
		}
		return gone ? keysIn(gone, keysOfAll).map((key) => [key, null]) : [];
	});
}
