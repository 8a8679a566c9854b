/** etcdserverpb.AlarmRequest and AlarmResponse: the body of the alarm command, and its finished answer. */
import { ALARM_ACTION, type AlarmOperation } from '../alarms/execute.ts';
import { ALARM, type Alarm } from '../alarms/table.ts';
import { hexToId, idToHex } from '../base/bytes.ts';
import { etcdserverpb } from './generated/messages.js';
import { hexFromLong, longFromHex } from './long-id.ts';
import { encodeHeader, type ResponseHeader } from './response-header.ts';

const { AlarmRequest, AlarmResponse } = etcdserverpb;

/** null: the bytes are no such request. */
export function decodeAlarm(bytes: Uint8Array): AlarmOperation | null {
	try {
		const { action, memberID, alarm } = AlarmRequest.decode(bytes);
		return { action, memberId: hexToId(hexFromLong(memberID)), alarm };
	} catch {
		return null;
	}
}

export function encodeRaise(alarm: Alarm): Uint8Array {
	return encode(ALARM_ACTION.activate, alarm);
}

export function encodeClear(alarm: Alarm): Uint8Array {
	return encode(ALARM_ACTION.deactivate, alarm);
}

export function encodeAlarmResponse(header: ResponseHeader, alarms: readonly Alarm[]): Uint8Array {
	return AlarmResponse.encode({
		header: etcdserverpb.ResponseHeader.decode(encodeHeader(header)),
		alarms: alarms.map(({ kind, memberId }) => ({ memberID: longFromHex(idToHex(memberId)), alarm: kind })),
	}).finish();
}

/** As protobuf's text form in Go has it, the space at its end too: Status lists alarms so. */
export function alarmText({ kind, memberId }: Alarm): string {
	const name = kind === ALARM.noSpace ? 'NOSPACE' : 'CORRUPT';
	return memberId === 0n ? `alarm:${name} ` : `memberID:${memberId} alarm:${name} `;
}

function encode(action: number, { kind, memberId }: Alarm): Uint8Array {
	return AlarmRequest.encode({ action, memberID: longFromHex(idToHex(memberId)), alarm: kind }).finish();
}
