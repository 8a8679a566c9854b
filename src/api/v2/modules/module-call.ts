/** A call of the lock or leader module on its way: what it asks, and how it is answered. Errors are those of 0.4, as bodies of the v2 API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lane } from '../../../ports/lane.ts';
import type { V2ErrorName } from '../../../v2/errors.ts';
import type { V2Failure } from '../../../v2/event.ts';
import type { V2Response } from '../../../v2/response-codec.ts';
import { send, sendKeyError, sendRaftError, sendText } from '../reply.ts';
import type { WriteRouting } from '../write-routing.ts';

export interface ModuleCall {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly clusterId: string;
	readonly routing: WriteRouting | undefined;
	/** In whose name the lock's keys are changed. */
	readonly user: Uint8Array;
	/** Of the lock: a byte string (JS characters 0 to 255). */
	readonly name: string;
	/** The parameters, as byte strings. */
	readonly values: ReadonlyMap<string, string>;
}

const TEXT_TYPE = 'text/plain; charset=utf-8';
/** Ten digits of seconds are some hundred years. */
const INTEGER = /^\+?[0-9]{1,10}$/;

/** at: the v2 index, which is said in a header as for keys; null: nothing to say. */
export function answerText({ response, clusterId }: ModuleCall, text: string | Uint8Array, at: number | null): void {
	const index = at === null ? null : { 'X-Etcd-Index': String(at) };
	send(response, 200, { 'Content-Type': TEXT_TYPE, 'X-Etcd-Cluster-Id': clusterId, ...index }, text);
}

export function answerError({ response, clusterId }: ModuleCall, error: V2ErrorName, cause: string): void {
	sendKeyError(response, clusterId, { error, cause });
}

export function answerCode({ response, clusterId }: ModuleCall, code: number): void {
	sendRaftError(response, clusterId, code);
}

export function answerFailedToAcquire({ response, clusterId }: ModuleCall): void {
	sendText(response, 500, 'failed to acquire lock', { 'X-Etcd-Cluster-Id': clusterId });
}

export function answerTreeFailure(call: ModuleCall, { error, cause, index }: V2Failure): void {
	sendKeyError(call.response, call.clusterId, { error, cause: Buffer.from(cause).toString('latin1'), index });
}

/** What a change of the tree came to: nothing in the body, or the tree's refusal as it is. */
export function answerChanged(call: ModuleCall, code: number, answer: V2Response | null): void {
	if (answer === null) {
		answerCode(call, code);
	} else if (answer.status < 400) {
		answerText(call, '', answer.index);
	} else {
		const headers = { 'Content-Type': 'application/json', 'X-Etcd-Cluster-Id': call.clusterId, 'X-Etcd-Index': String(answer.index) };
		send(call.response, answer.status, headers, answer.body);
	}
}

/** Whole seconds; null: it is no such number. */
export function readSeconds(text: string): number | null {
	return INTEGER.test(text) ? Number(text) : null;
}
