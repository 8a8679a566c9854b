/** grpc.health.v1.Health: the one service "" serves once this member is published and has seen a leader (reference/etcd-surface.md 2.1). */
import { GRPC } from '../../base/codes.ts';
import type { RpcCall, RpcMethod, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import { grpc } from '../../rpc/generated/messages.js';
import { failMalformed, type ServiceContext } from './service-context.ts';

const { HealthCheckRequest, HealthCheckResponse } = grpc.health.v1;
const STATUS = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;
type Status = (typeof STATUS)[keyof typeof STATUS];
/** How soon a watch sees a change. */
const LOOK_MILLISECONDS = 500;

export function healthMethods(context: ServiceContext): ReadonlyMap<string, RpcMethod> {
	return new Map<string, RpcMethod>([
		['Check', { shape: 'unary', handle: (request, call) => check(context, request, call) }],
		['Watch', { shape: 'stream', open: (stream) => new HealthWatch(context, stream) }],
	]);
}

function check(context: ServiceContext, request: Uint8Array, call: RpcCall): void {
	const service = decodeService(request);
	if (service === null) {
		failMalformed(call);
	} else if (service !== '') {
		call.fail(GRPC.notFound, 'unknown service');
	} else {
		call.succeed(encodeStatus(statusOf(context)));
	}
}

/** Sends the status, and again whenever it is another one. */
class HealthWatch implements RpcStreamEvents {
	readonly #context: ServiceContext;
	readonly #stream: RpcStream;
	#service: string | null = null;
	#sent: Status | null = null;
	#ended = false;

	constructor(context: ServiceContext, stream: RpcStream) {
		this.#context = context;
		this.#stream = stream;
	}

	message(bytes: Uint8Array): void {
		if (this.#service !== null) {
			return;
		}
		this.#service = decodeService(bytes);
		if (this.#service === null) {
			this.#ended = true;
			this.#stream.end(GRPC.internal, 'grpc: error unmarshalling request');
		} else {
			this.#look();
		}
	}

	halfClosed(): void {
		if (this.#service === null && !this.#ended) {
			this.#ended = true;
			this.#stream.end(GRPC.internal, 'EOF');
		}
	}

	drained(): void {}

	canceled(): void {
		this.#ended = true;
	}

	#look(): void {
		if (this.#ended) {
			return;
		}
		const status = this.#service === '' ? statusOf(this.#context) : STATUS.serviceUnknown;
		if (status !== this.#sent) {
			this.#sent = status;
			this.#stream.send(encodeStatus(status));
		}
		this.#context.later(LOOK_MILLISECONDS, () => this.#look());
	}
}

function statusOf(context: ServiceContext): Status {
	return context.lane.isServing ? STATUS.serving : STATUS.notServing;
}

function encodeStatus(status: Status): Uint8Array {
	return HealthCheckResponse.encode({ status }).finish();
}

function decodeService(request: Uint8Array): string | null {
	try {
		return HealthCheckRequest.decode(request).service;
	} catch {
		return null;
	}
}
