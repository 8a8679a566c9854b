/** What the ways into the gateway share: a request whose path and method fit, its bounds, and how its messages reach a call. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GRPC } from '../../base/codes.ts';
import type { AnswerLoad } from '../../ports/answer-load.ts';
import type { RpcMethod, RpcServices } from '../../ports/rpc-engine.ts';
import { parametersOf } from '../http/router.ts';
import type { BytesEncoding } from './from-json.ts';
import type { GatewayCall } from './gateway-call.ts';
import type { JsonMessages } from './json-messages.ts';
import type { GatewayMethod } from './methods.ts';

export interface GatewayOptions {
	/** Of one message of a request, as gRPC bounds it. */
	readonly messageBytesMax: number;
}

export interface GatewayPorts {
	readonly services: RpcServices;
	/** Where the large answers of a connection are counted. */
	readonly loadOf: (socket: Socket) => AnswerLoad;
}

export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly method: GatewayMethod;
	readonly handler: RpcMethod;
	readonly encoding: BytesEncoding;
	readonly load: AnswerLoad;
	readonly options: GatewayOptions;
}

const REST_BYTES = 2 ** 16;

/** Base64 takes four characters for three bytes, and names and braces take some. */
export function textBytesMax({ messageBytesMax }: GatewayOptions): number {
	return Math.ceil((messageBytesMax * 4) / 3) + REST_BYTES;
}

/** null: there is no such encoding. */
export function encodingOf(url: string): BytesEncoding | null {
	const encoding = parametersOf(url).get('encoding') ?? 'base64';
	return encoding === 'base64' || encoding === 'utf8' ? encoding : null;
}

/** Messages of a stream, as far as they have come. */
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
