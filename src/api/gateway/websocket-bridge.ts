/**
 * WebSockets on the gateway's paths, as etcd's proxy (tmc/grpc-websocket-proxy) has them: each message of the client is JSON of the request, each of ours a line of the
 * answer. A page of a stranger was refused before (reliability.md T20). Used by gateway.ts; the only user of ws.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { GRPC } from '../../base/codes.ts';
import { H2_SOCKET_BYTES_DEAF, WEBSOCKET_TOKEN_CHARACTERS_MAX } from '../../base/limits.ts';
import { pathOf } from '../http/router.ts';
import { Caller } from './caller.ts';
import { encodingOf, feed, type GatewayOptions, type GatewayPorts, textBytesMax } from './exchange.ts';
import { type Failure, failureBody, failureLine } from './failures.ts';
import { GatewayCall } from './gateway-call.ts';
import { JsonMessages } from './json-messages.ts';
import { GATEWAY_METHODS, type GatewayMethod } from './methods.ts';
import { type Sink, sendFailure } from './sinks.ts';

/** Answers on the response, or detaches its socket and takes it over. head: what came behind the request. */
export type TakeUpgrade = (request: IncomingMessage, response: ServerResponse, head: Buffer) => void;

const BEARER = 'Bearer';
const PING_MILLISECONDS = 30_000;
const CLOSED_NORMALLY = 1_000;

export function webSocketBridge({ services, loadOf }: GatewayPorts, options: GatewayOptions): TakeUpgrade {
	const server = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		maxPayload: textBytesMax(options),
		handleProtocols: (protocols) => (protocols.has(BEARER) ? BEARER : false),
	});
	return (request, response, head) => {
		const url = request.url ?? '/';
		const method = GATEWAY_METHODS.get(pathOf(url));
		const handler = method === undefined ? null : services.find(method.rpc);
		const encoding = encodingOf(url);
		const token = tokenOf(request);
		if (method === undefined || handler === null) {
			sendFailure(response, 404, { status: GRPC.notFound, message: 'Not Found' });
		} else if (typeof handler === 'string') {
			sendFailure(response, 501, { status: GRPC.unimplemented, message: handler });
		} else if (encoding === null || token === 'too long') {
			const message = encoding === null ? 'the parameter "encoding" is base64 or utf8' : 'the token of Sec-WebSocket-Protocol is too long';
			sendFailure(response, 400, { status: GRPC.invalidArgument, message });
		} else {
			const { socket } = request;
			response.detachSocket(socket);
			server.handleUpgrade(request, socket, head, (webSocket) => {
				const call = new GatewayCall(
					{ method, encoding, messageBytesMax: options.messageBytesMax },
					{
						caller: new Caller(request, token),
						sink: new SocketSink(webSocket, socket, method),
						pieces: null,
						isClogged: () => socket.writableLength > H2_SOCKET_BYTES_DEAF,
						load: loadOf(socket),
						way: webSocket,
					},
				);
				connect(call, { webSocket, socket, method, options });
				call.begin(handler);
			});
		}
	};
}

/** `Sec-WebSocket-Protocol: Bearer, <token>`: all that a page's script can say with an upgrade. As an Authorization header would have it. */
function tokenOf({ headers }: IncomingMessage): string | null | 'too long' {
	const [scheme, token] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
	if (scheme !== BEARER || token === undefined) {
		return null;
	}
	return token.length > WEBSOCKET_TOKEN_CHARACTERS_MAX ? 'too long' : `${BEARER} ${token}`;
}

interface Connection {
	readonly webSocket: WebSocket;
	readonly socket: Socket;
	readonly method: GatewayMethod;
	readonly options: GatewayOptions;
}

function connect(call: GatewayCall, { webSocket, socket, method, options }: Connection): void {
	const messages = new JsonMessages(textBytesMax(options));
	let isRequested = false;
	webSocket.on('message', (data: Buffer) => {
		if (call.isOver) {
			return;
		}
		if (method.shape === 'both stream') {
			feed(call, messages, data);
		} else if (!isRequested) {
			isRequested = true;
			call.message(data.toString('utf8'));
			call.halfClosed();
		}
	});
	// ws closes by itself after an error, as of a message beyond maxPayload.
	webSocket.on('error', () => call.gone());
	socket.on('drain', () => call.drained());
	const timer = keepAlive(webSocket);
	webSocket.once('close', () => {
		clearInterval(timer);
		call.gone();
	});
}

/** Who does not answer a ping by the next one is gone, and would keep its watch for ever. */
function keepAlive(webSocket: WebSocket): NodeJS.Timeout {
	let isAlive = true;
	webSocket.on('pong', () => {
		isAlive = true;
	});
	const ping = (): void => {
		if (isAlive) {
			isAlive = false;
			webSocket.ping();
		} else {
			webSocket.terminate();
		}
	};
	return setInterval(ping, PING_MILLISECONDS).unref();
}

/** A line is a message; the connection ends with the call. */
class SocketSink implements Sink {
	readonly #webSocket: WebSocket;
	readonly #socket: Socket;
	readonly #isUnary: boolean;

	constructor(webSocket: WebSocket, socket: Socket, { shape }: GatewayMethod) {
		this.#webSocket = webSocket;
		this.#socket = socket;
		this.#isUnary = shape === 'unary';
	}

	message(json: string): boolean {
		this.#webSocket.send(this.#isUnary ? json : `{"result":${json}}`);
		if (this.#isUnary) {
			this.#webSocket.close(CLOSED_NORMALLY);
		}
		return !this.#socket.writableNeedDrain;
	}

	end(failure: Failure): void {
		if (failure.status !== GRPC.ok) {
			this.#webSocket.send(this.#isUnary ? failureBody(failure) : failureLine(failure));
		}
		this.#webSocket.close(CLOSED_NORMALLY);
	}
}
