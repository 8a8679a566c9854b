/** The verbs of the leader module (reference/etcd-surface.md 1.9): a lock whose value is the leader's name. Used by modules-route.ts. */
import { acquire, lookUp, release } from './lock-calls.ts';
import { answerError, type ModuleCall } from './module-call.ts';

/** PUT: answered once the name leads; who leads already is given its whole time again. */
export function campaign(call: ModuleCall): void {
	const name = call.values.get('name') ?? '';
	if (name === '') {
		answerError(call, 'name_required', 'Set');
	} else {
		acquire(withValues(call, { value: name, ttl: call.values.get('ttl') ?? '', timeout: call.values.get('timeout') ?? '' }));
	}
}

/** DELETE: the name leads no longer, or no longer waits to. */
export function resign(call: ModuleCall): void {
	const name = call.values.get('name') ?? '';
	if (name === '') {
		answerError(call, 'name_required', 'Delete');
	} else {
		release(withValues(call, { value: name }));
	}
}

/** GET: the name of the leader. */
export function leaderName(call: ModuleCall): void {
	lookUp(withValues(call, {}));
}

function withValues(call: ModuleCall, values: Readonly<Record<string, string>>): ModuleCall {
	return { ...call, values: new Map(Object.entries(values)) };
}
