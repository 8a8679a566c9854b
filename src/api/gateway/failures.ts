/**
 * A gRPC status as HTTP tells it (reference/etcd-surface.md 3.4): the fields of the newest runtime, and those that clients of 3.3 to 3.5 read beside them. Used by the
 * sinks of this folder.
 */
import { GRPC } from '../../base/codes.ts';

export interface Failure {
	readonly status: number;
	readonly message: string;
}

const HTTP_STATUS: ReadonlyMap<number, number> = new Map([
	[GRPC.ok, 200],
	[GRPC.canceled, 499],
	[GRPC.invalidArgument, 400],
	[GRPC.outOfRange, 400],
	[GRPC.failedPrecondition, 400],
	[GRPC.notFound, 404],
	[GRPC.permissionDenied, 403],
	[GRPC.unauthenticated, 401],
	[GRPC.resourceExhausted, 429],
	[GRPC.unimplemented, 501],
	[GRPC.unavailable, 503],
	[GRPC.deadlineExceeded, 504],
	// AlreadyExists and Aborted, which etcd itself never says.
	[6, 409],
	[10, 409],
]);
const TEXTS: ReadonlyMap<number, string> = new Map([
	[400, 'Bad Request'],
	[401, 'Unauthorized'],
	[403, 'Forbidden'],
	[404, 'Not Found'],
	[409, 'Conflict'],
	[429, 'Too Many Requests'],
	[499, 'Client Closed Request'],
	[501, 'Not Implemented'],
	[503, 'Service Unavailable'],
	[504, 'Gateway Timeout'],
]);

export function httpStatusOf(status: number): number {
	return HTTP_STATUS.get(status) ?? 500;
}

/** The body that answers a call that has no other answer. */
export function failureBody({ status, message }: Failure): string {
	const text = JSON.stringify(message);
	return `{"error":${text},"code":${status},"message":${text}}`;
}

/** The last line of a stream. */
export function failureLine({ status, message }: Failure): string {
	const http = httpStatusOf(status);
	const text = JSON.stringify(message);
	const httpText = TEXTS.get(http) ?? 'Internal Server Error';
	return `{"error":{"code":${status},"message":${text},"grpc_code":${status},"http_code":${http},"http_status":"${httpText}"}}`;
}

/** RFC 9110, 11.6.1: a 401 names a way in; the newest runtime gives the message. Header values are printable ASCII. */
export function failureHeaders({ status, message }: Failure): Readonly<Record<string, string>> {
	return status === GRPC.unauthenticated ? { 'WWW-Authenticate': message.replace(/[^\x20-\x7e]/g, '?') } : {};
}
