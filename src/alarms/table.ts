/**
 * The tree `alarms`: what is wrong with the cluster, by kind and by the member that has it (reference/etcd-surface.md 2.9). Changed by
 * replicated commands alone, so that every member refuses the same requests. What an alarm refuses is refusal.ts.
 *
 *   kind u32 | member id u64 -> crc u32 of the key
 */
import { assert } from '../base/assert.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';

/** etcdserverpb.AlarmType without NONE. */
export const ALARM = { noSpace: 1, corrupt: 2 } as const;
export type AlarmKind = (typeof ALARM)[keyof typeof ALARM];

export interface Alarm {
	readonly kind: AlarmKind;
	/** Of etcd's making: 0 stands for nobody in particular. */
	readonly memberId: bigint;
}

export function isAlarmKind(value: number): value is AlarmKind {
	return value === ALARM.noSpace || value === ALARM.corrupt;
}

/** By kind, then by member. */
export function listAlarms(view: ReadView): readonly Alarm[] {
	const alarms: Alarm[] = [];
	view.scan(TREE.alarms, new Uint8Array(0), null, (key, bytes) => {
		alarms.push(read(key, bytes));
		return true;
	});
	return alarms;
}

export function hasAlarm(view: ReadView, alarm: Alarm): boolean {
	return view.get(TREE.alarms, keyOf(alarm)) !== null;
}

export function raiseAlarm(view: WriteView, alarm: Alarm): void {
	const key = keyOf(alarm);
	const bytes = new Uint8Array(4);
	writeUint32(bytes, 0, crc32(key));
	view.put(TREE.alarms, key, bytes);
}

/** Whether it was there: the very pair of kind and member, 0 is no wildcard. */
export function clearAlarm(view: WriteView, alarm: Alarm): boolean {
	return view.remove(TREE.alarms, keyOf(alarm));
}

function keyOf({ kind, memberId }: Alarm): Uint8Array {
	assert(isAlarmKind(kind), () => `no alarm is of kind ${kind}`);
	const key = new Uint8Array(12);
	writeUint32(key, 0, kind);
	new DataView(key.buffer).setBigUint64(4, BigInt.asUintN(64, memberId));
	return key;
}

function read(key: Uint8Array, bytes: Uint8Array): Alarm {
	const kind = key.length === 12 ? readUint32(key, 0) : 0;
	if (!isAlarmKind(kind) || bytes.length !== 4 || readUint32(bytes, 0) !== crc32(key)) {
		throw new FatalError('store_damaged', `store: tree alarms, key ${key.join('.')}: the record's checksum does not match its bytes`);
	}
	return { kind, memberId: new DataView(key.buffer, key.byteOffset).getBigUint64(4) };
}
