/** How a call of the Lock and Election services fails, and the outcome of a step on the way. */
import { CODES, codeRow, GRPC } from '../../base/codes.ts';

export interface Failure {
	readonly status: number;
	readonly text: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };
export type Done<T> = (outcome: Outcome<T>) => void;

export function good<T>(value: T): Outcome<T> {
	return { ok: true, value };
}

/** etcd's own client stands between these services and its store, and turns every refusal into one of unknown kind, with the same text. */
export function failed(text: string): { readonly ok: false; readonly failure: Failure } {
	return { ok: false, failure: { status: GRPC.unknown, text } };
}

/** Where etcd's server would have dropped the connection, a member that stops says so. */
export function refusedWith(code: number): { readonly ok: false; readonly failure: Failure } {
	const row = codeRow(code) ?? CODES.timeout;
	return code === CODES.stopped.code ? { ok: false, failure: { status: row.grpc, text: row.text } } : failed(row.text);
}
