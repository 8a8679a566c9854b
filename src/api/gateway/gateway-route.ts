/**
 * The JSON gateway's front door on HTTP/1.1 (reference/etcd-surface.md 3): everything below /v3, /v3beta and /v3alpha. Any content type is taken, as etcd does; pages of
 * strangers were refused before (api/http/access-guard.ts). One per lane; put together in adapters/client-front-end.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GRPC } from '../../base/codes.ts';
import { H2_SOCKET_BYTES_DEAF } from '../../base/limits.ts';
import type { RpcMethod, RpcServices } from '../../ports/rpc-engine.ts';
import { type HttpRoute, parametersOf, pathOf } from '../http/router.ts';
import { readBody } from './body.ts';
import { Caller } from './caller.ts';
import type { BytesEncoding } from './from-json.ts';
import { GatewayCall, tooLarge } from './gateway-call.ts';
import { JsonMessages } from './json-messages.ts';
import { GATEWAY_METHODS, type GatewayMethod } from './methods.ts';
import { PiecesWriter } from './pieces-writer.ts';
import { BodySink, LinesSink, type Sink, sendFailure } from './sinks.ts';

export interface GatewayOptions {
	readonly messageBytesMax: number;
}

/** Base64 takes four characters for three bytes, and names and braces take some. */
export function textBytesMax({ messageBytesMax }: GatewayOptions): number {
	return Math.ceil((messageBytesMax * 4) / 3) + 2 ** 16;
}

/** A request whose path and method fit. */
export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly method: GatewayMethod;
	readonly handler: RpcMethod;
	readonly encoding: BytesEncoding;
	readonly options: GatewayOptions;
}

export function gatewayRoutes(services: RpcServices, options: GatewayOptions): readonly HttpRoute[] {
	const handle: HttpRoute['handle'] = (request, response) => {
		const url = request.url ?? '/';
		const method = GATEWAY_METHODS.get(pathOf(url));
		const encoding = encodingOf(url);
		if (method === undefined) {
			refuse(request, response, 404, GRPC.notFound, 'Not Found');
		} else if (request.method !== 'POST') {
			refuse(request, response, 501, GRPC.unimplemented, 'Method Not Allowed');
		} else if (encoding === null) {
			refuse(request, response, 400, GRPC.invalidArgument, 'the parameter "encoding" is base64 or utf8');
		} else {
			const handler = services.find(method.rpc);
			if (typeof handler === 'string') {
				refuse(request, response, 501, GRPC.unimplemented, handler);
			} else {
				open({ request, response, method, handler, encoding, options });
			}
		}
	};
	return ['/v3/', '/v3beta/', '/v3alpha/'].map((path) => ({ path, handle }));
}

/** null: there is no such encoding. */
export function encodingOf(url: string): BytesEncoding | null {
	const encoding = parametersOf(url).get('encoding') ?? 'base64';
	return encoding === 'base64' || encoding === 'utf8' ? encoding : null;
}

function refuse(request: IncomingMessage, response: ServerResponse, httpStatus: number, status: number, message: string): void {
	request.resume();
	sendFailure(response, httpStatus, { status, message });
}

function open(exchange: Exchange): void {
	if (exchange.method.shape === 'both stream') {
		openBoth(exchange);
	} else {
		openOne(exchange);
	}
}

/** One message in: the whole body. */
function openOne(exchange: Exchange): void {
	const { request, response, method, encoding, options } = exchange;
	const bytesMax = textBytesMax(options);
	readBody(request, bytesMax, (body) => {
		if (body === null) {
			refuse(request, response, 429, GRPC.resourceExhausted, tooLarge(bytesMax + 1, options.messageBytesMax));
			return;
		}
		const call = method.shape === 'unary' ? unaryCall(exchange) : makeCall(exchange, new LinesSink(response), null);
		call.begin(exchange.handler);
		call.message(body.toString('utf8'));
		call.halfClosed();
	});

	function unaryCall(of: Exchange): GatewayCall {
		const sink = new BodySink(response);
		return makeCall(of, sink, new PiecesWriter(response, sink, { shape: method.response, encoding }));
	}
}

/** Messages go to the handler as they come. The first of them may still be refused with a status of HTTP. */
function openBoth(exchange: Exchange): void {
	const { request, response, options } = exchange;
	const call = makeCall(exchange, new LinesSink(response), null);
	const messages = new JsonMessages(textBytesMax(options));
	call.begin(exchange.handler);
	request.on('data', (chunk: Buffer) => {
		if (!call.isOver) {
			feed(call, messages, chunk);
		}
	});
	request.on('end', () => {
		if (messages.isTorn) {
			call.refuse(GRPC.invalidArgument, 'unexpected EOF');
		} else {
			call.halfClosed();
		}
	});
	request.on('error', () => call.gone());
}

export function feed(call: GatewayCall, messages: JsonMessages, chunk: Buffer): void {
	for (const cut of messages.push(chunk)) {
		if (cut.kind === 'mistake') {
			call.refuse(GRPC.invalidArgument, cut.text);
		} else {
			call.message(cut.text);
		}
		if (call.isOver) {
			return;
		}
	}
}

export function makeCall({ request, response, method, encoding, options }: Exchange, sink: Sink, pieces: PiecesWriter | null): GatewayCall {
	const call = new GatewayCall(
		{ method, encoding, messageBytesMax: options.messageBytesMax },
		{ caller: new Caller(request), sink, pieces, isClogged: () => request.socket.writableLength > H2_SOCKET_BYTES_DEAF },
	);
	response.on('drain', () => call.drained());
	response.once('close', () => call.gone());
	return call;
}
