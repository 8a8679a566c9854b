/** The verbs of the lock module (reference/etcd-surface.md 1.9), over the line of those who want a lock. Used by modules-route.ts and leader-calls.ts. */
import { CODES } from '../../../base/codes.ts';
import { isOurs } from '../write-routing.ts';
import { Acquisition } from './acquisition.ts';
import { findByValue, type LineView, LockLine, type Standing } from './lock-line.ts';
import {
	answerChanged,
	answerCode,
	answerError,
	answerFailedToAcquire,
	answerText,
	answerTreeFailure,
	type ModuleCall,
	readSeconds,
} from './module-call.ts';

const INDEX = /^[0-9]{1,20}$/;
/** Timeouts that are none: not given, or negative as in 0.4. */
const FOR_EVER = /^(-[0-9]+)?$/;

/** POST: waits for the lock; the answer is its index. The caller may go, and its place in the line goes with it. */
export function acquire(call: ModuleCall): void {
	const { values, lane, response } = call;
	const timeoutText = values.get('timeout') ?? '';
	const timeoutSeconds = readSeconds(timeoutText);
	const ttlSeconds = readSeconds(values.get('ttl') ?? '');
	if (timeoutSeconds === null && !FOR_EVER.test(timeoutText)) {
		answerError(call, 'timeout_not_a_number', 'Acquire');
	} else if (ttlSeconds === null) {
		answerError(call, 'ttl_not_a_number', 'Acquire');
	} else if (isOurs(call)) {
		const value = Buffer.from(values.get('value') ?? '', 'latin1');
		const acquisition = new Acquisition(lane, new LockLine(lane, call.name, call.user), { value, ttlSeconds, timeoutSeconds }, (end) => {
			if (end.kind === 'won') {
				answerText(call, String(end.index), end.at);
			} else if (end.kind === 'refused') {
				answerCode(call, end.code);
			} else if (end.kind === 'answered') {
				answerChanged(call, 0, end.answer);
			} else {
				answerFailedToAcquire(call);
			}
		});
		response.once('close', () => acquisition.abandon());
		acquisition.begin();
	}
}

/** PUT: gives a place its whole time again. */
export function renew(call: ModuleCall): void {
	const ttlSeconds = readSeconds(call.values.get('ttl') ?? '');
	const index = call.values.get('index') ?? '';
	const value = call.values.get('value') ?? '';
	if (ttlSeconds === null) {
		answerError(call, 'ttl_not_a_number', 'Renew');
	} else if (index === '' && value === '') {
		answerError(call, 'index_or_value_required', 'Renew');
	} else if (isOurs(call)) {
		withPlace(call, { index, value, cause: 'Renew' }, (line, path) => {
			if (index !== '' && value !== '') {
				line.rewrite(path, Buffer.from(value, 'latin1'), ttlSeconds, (code, answer) => answerChanged(call, code, answer));
			} else {
				line.refresh(path, ttlSeconds, (code, answer) => answerChanged(call, code, answer));
			}
		});
	}
}

/** DELETE: whoever is next gets the lock. */
export function release(call: ModuleCall): void {
	const index = call.values.get('index') ?? '';
	const value = call.values.get('value') ?? '';
	if (index === '' && value === '') {
		answerError(call, 'index_or_value_required', 'Release');
	} else if (index !== '' && value !== '') {
		answerError(call, 'index_and_value', 'Release');
	} else if (isOurs(call)) {
		withPlace(call, { index, value, cause: 'Release' }, (line, path) => line.leave(path, 0, (code, answer) => answerChanged(call, code, answer)));
	}
}

/** GET: the holder's value, or with field=index its index; nothing if nobody holds it. */
export function lookUp(call: ModuleCall): void {
	const field = call.values.get('field') || 'value';
	if (field !== 'value' && field !== 'index') {
		answerError(call, 'invalid_field', 'Get');
		return;
	}
	readLine(call, (view) => {
		const [holder] = view.standings;
		if (holder === undefined) {
			answerText(call, '', view.index);
		} else {
			answerText(call, field === 'index' ? String(holder.index) : holder.value, view.index);
		}
	});
}

interface Named {
	/** Decimal, with or without zeros before it; empty: by value. */
	readonly index: string;
	readonly value: string;
	readonly cause: string;
}

/** The place that is named; an index is taken at its word, and the tree says whether it is there. */
function withPlace(call: ModuleCall, { index, value, cause }: Named, work: (line: LockLine, path: Uint8Array) => void): void {
	const line = new LockLine(call.lane, call.name, call.user);
	if (index !== '') {
		if (INDEX.test(index) && Number.isSafeInteger(Number(index))) {
			work(line, line.pathOf(Number(index)));
		} else {
			answerError(call, 'key_not_found', cause);
		}
		return;
	}
	readLine(call, (view) => {
		const standing: Standing | null = findByValue(view, Buffer.from(value, 'latin1'));
		if (standing === null) {
			answerError(call, 'key_not_found', cause);
		} else {
			work(line, standing.path);
		}
	});
}

/** As of now, on any member. */
function readLine(call: ModuleCall, work: (view: LineView) => void): void {
	call.lane.awaitLinearizable((code) => {
		if (code !== CODES.ok.code) {
			answerCode(call, code);
			return;
		}
		const view = new LockLine(call.lane, call.name, call.user).read();
		if ('ok' in view) {
			answerTreeFailure(call, view);
		} else {
			work(view);
		}
	});
}
