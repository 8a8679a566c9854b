/**
 * The JSON gateway's front door on HTTP/1.1 (reference/etcd-surface.md 3): everything below /v3, /v3beta and /v3alpha. Any content type is taken, as etcd does; pages of
 * strangers were refused before (api/http/access-guard.ts). One per lane; put together in gateway.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GRPC } from '../../base/codes.ts';
import { H2_SOCKET_BYTES_DEAF } from '../../base/limits.ts';
import { readBody } from '../http/body.ts';
import { type HttpRoute, pathOf } from '../http/router.ts';
import { wantsEventStream } from '../v2/event-stream.ts';
import { Caller } from './caller.ts';
import { type Exchange, encodingOf, feed, type GatewayOptions, type GatewayPorts, textBytesMax } from './exchange.ts';
import { GatewayCall, tooLarge } from './gateway-call.ts';
import { JsonMessages } from './json-messages.ts';
import { GATEWAY_METHODS } from './methods.ts';
import { PiecesWriter } from './pieces-writer.ts';
import { BodySink, LinesSink, type Sink, sendFailure } from './sinks.ts';
import { openWatchEvents, watchOfParameters } from './watch-events.ts';

const WATCH = '/etcdserverpb.Watch/Watch';

export function gatewayRoutes({ services, loadOf }: GatewayPorts, options: GatewayOptions, currentRevision: () => number): readonly HttpRoute[] {
	const handle: HttpRoute['handle'] = (request, response) => {
		const url = request.url ?? '/';
		const method = GATEWAY_METHODS.get(pathOf(url));
		const encoding = encodingOf(url);
		const wantsEvents = method?.rpc === WATCH && wantsEventStream(request);
		if (method === undefined) {
			refuse(request, response, 404, GRPC.notFound, 'Not Found');
		} else if (request.method !== 'POST' && !(wantsEvents && request.method === 'GET')) {
			refuse(request, response, 501, GRPC.unimplemented, 'Method Not Allowed');
		} else if (encoding === null) {
			refuse(request, response, 400, GRPC.invalidArgument, 'the parameter "encoding" is base64 or utf8');
		} else {
			const handler = services.find(method.rpc);
			if (typeof handler === 'string') {
				refuse(request, response, 501, GRPC.unimplemented, handler);
			} else {
				const exchange = { request, response, method, handler, encoding, load: loadOf(request.socket), options };
				if (wantsEvents) {
					openEvents(exchange, currentRevision);
				} else {
					open(exchange);
				}
			}
		}
	};
	return ['/v3/', '/v3beta/', '/v3alpha/'].map((path) => ({ path, handle }));
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

function withBody({ request, response, options }: Exchange, done: (json: string) => void): void {
	const bytesMax = textBytesMax(options);
	readBody(request, bytesMax, (body) => {
		if (body === null) {
			refuse(request, response, 429, GRPC.resourceExhausted, tooLarge(bytesMax + 1, options.messageBytesMax));
		} else if (!response.destroyed) {
			done(body.toString('utf8'));
		}
	});
}

/** One message in: the whole body. */
function openOne(exchange: Exchange): void {
	withBody(exchange, (json) => {
		const call = exchange.method.shape === 'unary' ? unaryCall(exchange) : makeCall(exchange, new LinesSink(exchange.response), null);
		call.begin(exchange.handler);
		call.message(json);
		call.halfClosed();
	});
}

function unaryCall(exchange: Exchange): GatewayCall {
	const { response, method, encoding } = exchange;
	const sink = new BodySink(response);
	return makeCall(exchange, sink, new PiecesWriter(response, sink, { shape: method.response, encoding }));
}

function openEvents(exchange: Exchange, currentRevision: () => number): void {
	const { request, response } = exchange;
	const openWith = (json: string): void => openWatchEvents(exchange, json, (sink) => makeCall(exchange, sink, null), currentRevision);
	if (request.method === 'POST') {
		withBody(exchange, openWith);
		return;
	}
	const json = watchOfParameters(request.url ?? '/');
	if (json === null) {
		refuse(request, response, 400, GRPC.invalidArgument, 'the parameters of a watch are the fields of create_request, and encoding');
	} else {
		request.resume();
		openWith(json);
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

function makeCall({ request, response, method, encoding, load, options }: Exchange, sink: Sink, pieces: PiecesWriter | null): GatewayCall {
	const call = new GatewayCall(
		{ method, encoding, messageBytesMax: options.messageBytesMax },
		{ caller: new Caller(request), sink, pieces, isClogged: () => request.socket.writableLength > H2_SOCKET_BYTES_DEAF, load, way: response },
	);
	response.on('drain', () => call.drained());
	response.once('close', () => call.gone());
	return call;
}
