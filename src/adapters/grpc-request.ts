/** What makes a request one of gRPC, by its headers, before any method is looked for. Texts are grpc-go's. Used by h2-requests.ts. */
import { GRPC } from '../base/codes.ts';
import type { RequestHead } from '../h2/request-head.ts';
import { isGrpcContentType, parseGrpcTimeout } from './grpc-headers.ts';
import type { ResponseEnd } from './h2-response.ts';

/** Milliseconds that the caller waits, infinity without a deadline, null for a malformed one. */
export function readPatience({ grpcTimeout }: RequestHead): number | null {
	return grpcTimeout === null ? Number.POSITIVE_INFINITY : parseGrpcTimeout(grpcTimeout);
}

/** What is wrong with the request, or null if it may pass. */
export function findRefusal(head: RequestHead): ResponseEnd | null {
	const { contentType, grpcEncoding, method } = head;
	if (!isGrpcContentType(contentType ?? undefined)) {
		return { httpStatus: 415, status: GRPC.invalidArgument, message: `invalid gRPC request content-type: ${JSON.stringify(contentType ?? '')}` };
	}
	if (method !== 'POST') {
		const message = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
		return { httpStatus: 405, status: GRPC.internal, message };
	}
	if (grpcEncoding !== null && grpcEncoding !== 'identity') {
		const message = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(grpcEncoding)}`;
		return { httpStatus: 200, status: GRPC.unimplemented, message };
	}
	if (readPatience(head) === null) {
		return { httpStatus: 400, status: GRPC.internal, message: `malformed grpc-timeout: ${JSON.stringify(head.grpcTimeout)}` };
	}
	return null;
}
