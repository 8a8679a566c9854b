/** What the handlers of gRPC are told of a caller of the gateway (reference/etcd-surface.md 3.5). Made by gateway-route.ts and websocket-bridge.ts. */
import type { IncomingMessage } from 'node:http';
import type { RpcPeer } from '../../ports/rpc-engine.ts';
import { addressOf } from '../http/connection-caller.ts';

const PASSED_ON = 'grpc-metadata-';
const OF_HTTP = 'grpcgateway-';
const TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;
const UNIT_MILLISECONDS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };
/** What a timer of Node takes; it is 24 days. */
const TIMER_MAX = 2 ** 31 - 1;

export class Caller implements RpcPeer {
	readonly connection: object;
	readonly remoteAddress: string;
	/** Never that of the connection: whoever may use the port could call in its name (CVE-2018-16886). */
	readonly certificateName = null;
	readonly #headers: IncomingMessage['headers'];
	readonly #token: string | null;

	/** token: what came with a WebSocket, instead of the header. */
	constructor({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, token: string | null = null) {
		this.#headers = headers;
		this.#token = token;
		this.connection = socket;
		this.remoteAddress = addressOf(socket);
	}

	metadata(name: string): string | null {
		if (name === 'authorization') {
			return this.#token ?? this.#header('authorization') ?? this.#header(`${PASSED_ON}authorization`);
		}
		if (name.startsWith(OF_HTTP)) {
			return this.#header(name.slice(OF_HTTP.length));
		}
		return this.#header(PASSED_ON + name);
	}

	/** Milliseconds that the caller waits; null: as long as it takes. */
	get patience(): number | null | 'malformed' {
		const text = this.#header('grpc-timeout');
		if (text === null) {
			return null;
		}
		const [, digits, unit = ''] = TIMEOUT.exec(text) ?? [];
		const milliseconds = Number(digits) * (UNIT_MILLISECONDS[unit] ?? Number.NaN);
		return Number.isNaN(milliseconds) ? 'malformed' : Math.min(milliseconds, TIMER_MAX);
	}

	#header(name: string): string | null {
		const value = this.#headers[name];
		return value === undefined ? null : String(value);
	}
}
