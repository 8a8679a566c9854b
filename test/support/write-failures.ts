/** What became of a write that was not acknowledged: counted by kind, so that a test can say which kinds may be. Used by put-workload.ts. */
import type { RpcError } from './grpc-client.ts';

/**
 * cut_off: the connection went, or there was none. leader_change: the server says that there was no leader to take it. time_out: the server, or
 * the client's own deadline, says that nobody knows. refused: the server says that it did not happen, for any other reason.
 */
export type FailureKind = 'cut_off' | 'leader_change' | 'time_out' | 'refused';
export type FailureTally = Readonly<Record<FailureKind, number>>;

export const NO_FAILURES: FailureTally = { cut_off: 0, leader_change: 0, time_out: 0, refused: 0 };

const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
const LEADER_CHANGE: ReadonlySet<string> = new Set(['etcdserver: no leader', 'etcdserver: leader changed']);

export function failureKind({ grpcStatus, message, outcome }: RpcError): FailureKind {
	if (outcome === 'refused') {
		return 'refused';
	}
	if (LEADER_CHANGE.has(message)) {
		return 'leader_change';
	}
	if (grpcStatus === DEADLINE_EXCEEDED || message.startsWith('etcdserver: request timed out')) {
		return 'time_out';
	}
	// A server that stops says so; else the words are the client's own.
	const isCut = grpcStatus === UNAVAILABLE && (!message.startsWith('etcdserver: ') || message === 'etcdserver: server stopped');
	return isCut ? 'cut_off' : 'refused';
}

export function describeTally(tally: FailureTally): string {
	return `${tally.time_out} timed out, ${tally.cut_off} cut off, ${tally.leader_change} without a leader, ${tally.refused} refused`;
}
