/**
 * The replicated command about alarms: look, raise, clear. Total, and harmless when repeated. Called by actors/command-execution.ts.
 */
import type { WriteView } from '../base/engine.ts';
import { type Alarm, clearAlarm, isAlarmKind, listAlarms, raiseAlarm } from './table.ts';

/** etcdserverpb.AlarmRequest.AlarmAction. */
export const ALARM_ACTION = { get: 0, activate: 1, deactivate: 2 } as const;

export interface AlarmOperation {
	/** ALARM_ACTION, or an unknown number, which does nothing. */
	readonly action: number;
	readonly memberId: bigint;
	/** 0: all kinds to get, none to raise or clear. An unknown kind is none: etcd's members would all end over it. */
	readonly alarm: number;
}

/** What the answer lists: the alarms asked for, or the one that was raised (already before, too) or cleared. */
export function executeAlarm(view: WriteView, { action, memberId, alarm }: AlarmOperation): readonly Alarm[] {
	if (action === ALARM_ACTION.get) {
		return listAlarms(view).filter(({ kind }) => alarm === 0 || kind === alarm);
	}
	if (!isAlarmKind(alarm)) {
		return [];
	}
	const named: Alarm = { kind: alarm, memberId };
	if (action === ALARM_ACTION.activate) {
		raiseAlarm(view, named);
		return [named];
	}
	return action === ALARM_ACTION.deactivate && clearAlarm(view, named) ? [named] : [];
}
