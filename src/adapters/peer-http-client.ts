/**
 * The client side of the peer port, and the only file that knows undici: one upgraded connection, or one streamed request.
 * A client lives for one call, since after an upgrade the socket is the caller's; but for KeptConnections. Used by peer-link.ts, peer-snapshot-sender.ts,
 * peer-questions.ts and lease-questions.ts.
 */
import { type Duplex, Readable } from 'node:stream';
import { Agent, buildConnector, Client, type Dispatcher, interceptors, Pool, ProxyAgent } from 'undici';
import { dialOptions } from './tls/peer-dialer.ts';
import type { TlsMaterial } from './tls/tls-material.ts';

/** How https URLs are dialed; null: as anybody would. */
export type PeerTls = TlsMaterial | null;

export interface PeerRequest {
	/** An http or https URL, whose path is ignored, as etcd does; or a unix one. */
	readonly url: string;
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Headers that the answer to an upgrade must have, so that both ends know whom they talk to. Names in lower case. */
	readonly expected: Readonly<Record<string, string>>;
	readonly tls: PeerTls;
	readonly timeoutMilliseconds: number;
}

/** status null: no answer. reason: the first line of the answer, or the error. */
export interface PeerRefusal {
	readonly ok: false;
	readonly status: number | null;
	readonly reason: string;
}
export type UpgradeResult = { readonly ok: true; readonly socket: Duplex } | PeerRefusal;

const REASON_CHARACTERS_MAX = 200;
const ANSWER_BYTES_MAX = 256 * 1024;
/** Members that a member asks again and again, and connections to each. */
const KEPT_ORIGINS_MAX = 16;
const KEPT_CONNECTIONS = 2;
const OUTSIDE_REDIRECTS_MAX = 5;

/**
 * Asks for an upgraded connection. done is called once and never before this returns; a socket that comes has an error listener already.
 * The result cancels: done is then not called.
 */
export function dialUpgrade(request: PeerRequest, protocol: string, done: (result: UpgradeResult) => void): () => void {
	const client = openClient(request);
	let isCancelled = false;
	let result: UpgradeResult | null = null;
	const finish = (first: UpgradeResult): void => {
		if (result !== null) {
			return;
		}
		result = first;
		queueMicrotask(() => {
			// After an upgrade the socket is no longer the client's, so this takes nothing from the caller.
			client.destroy().catch(() => {});
			if (!isCancelled) {
				done(first);
			} else if (first.ok) {
				first.socket.destroy();
			}
		});
	};
	let status: number | null = null;
	let answer = '';
	const options = { path: request.path, method: 'GET' as const, headers: { ...request.headers }, upgrade: protocol };
	client.dispatch(options, {
		onRequestStart() {},
		onRequestUpgrade(_controller, code, headers, socket) {
			socket.on('error', () => {});
			const wrong = Object.entries(request.expected).find(([name, value]) => headers[name] !== value);
			if (code === 101 && wrong === undefined) {
				finish({ ok: true, socket });
			} else {
				socket.destroy();
				finish({ ok: false, status: code, reason: `the answer comes from another: ${wrong?.[0]} is ${headers[wrong?.[0] ?? '']}` });
			}
		},
		onResponseStart(_controller, code) {
			status = code;
		},
		onResponseData(_controller, chunk) {
			answer = (answer + chunk.toString('latin1')).slice(0, REASON_CHARACTERS_MAX);
		},
		onResponseEnd() {
			finish({ ok: false, status, reason: firstLine(answer) });
		},
		onResponseError(_controller, error) {
			finish({ ok: false, status, reason: status === null ? describe(error) : firstLine(answer) });
		},
	});
	return () => {
		isCancelled = true;
		client.destroy().catch(() => {});
	};
}

/** Streams a body of known length as a POST; null when the answer is 200. */
export async function postStream(request: PeerRequest, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<PeerRefusal | null> {
	const client = openClient(request);
	try {
		const answer = await client.request({
			path: request.path,
			method: 'POST',
			headers: { ...request.headers },
			body: Readable.from(body, { objectMode: false }),
			signal,
		});
		const text = await answer.body.text();
		return answer.statusCode === 200 ? null : { ok: false, status: answer.statusCode, reason: firstLine(text) };
	} catch (error) {
		return { ok: false, status: null, reason: describe(error) };
	} finally {
		client.destroy().catch(() => {});
	}
}

export type PeerAnswer = { readonly ok: true; readonly body: string; readonly headers: Readonly<Record<string, unknown>> } | PeerRefusal;

/** A request without a body whose answer is short; ok when it is 200. The headers of `expected` are the caller's to check. */
export async function askText(request: PeerRequest, method: 'GET' | 'POST' = 'GET'): Promise<PeerAnswer> {
	let client: Client | null = null;
	try {
		client = openClient(request);
		return await exchange(client, request, method, null);
	} catch (error) {
		return { ok: false, status: null, reason: describe(error) };
	} finally {
		client?.destroy().catch(() => {});
	}
}

/**
 * For short questions that come many times a second: connections are kept, since a new one for each would use up the ports of a busy member. A
 * question that meets a connection as it is closed has no answer, so only what does no harm twice is asked here.
 */
export class KeptConnections {
	readonly #pools = new Map<string, Pool>();

	async post(request: PeerRequest, body: string): Promise<PeerAnswer> {
		try {
			return await exchange(this.#pool(request), request, 'POST', body);
		} catch (error) {
			return { ok: false, status: null, reason: describe(error) };
		}
	}

	close(): void {
		for (const pool of this.#pools.values()) {
			pool.destroy().catch(() => {});
		}
		this.#pools.clear();
	}

	#pool(request: PeerRequest): Pool {
		const { origin } = placeOf(request.url);
		const key = request.url;
		let pool = this.#pools.get(key);
		if (pool === undefined) {
			if (this.#pools.size >= KEPT_ORIGINS_MAX) {
				this.close();
			}
			pool = new Pool(origin, { ...clientOptions(request), connections: KEPT_CONNECTIONS });
			this.#pools.set(key, pool);
		}
		return pool;
	}
}

async function exchange(client: Dispatcher, request: PeerRequest, method: 'GET' | 'POST', body: string | null): Promise<PeerAnswer> {
	const answer = await client.request({
		path: request.path,
		method,
		headers: { ...request.headers },
		body,
		signal: AbortSignal.timeout(request.timeoutMilliseconds),
	});
	const text = await answer.body.text();
	return answer.statusCode === 200
		? { ok: true, body: text, headers: answer.headers }
		: { ok: false, status: answer.statusCode, reason: firstLine(text) };
}

function openClient(request: PeerRequest): Client {
	return new Client(placeOf(request.url).origin, clientOptions(request));
}

function clientOptions({ url, tls, timeoutMilliseconds }: PeerRequest) {
	const { socketPath } = placeOf(url);
	const isPlain = socketPath === null && !url.startsWith('https:');
	return {
		...(isPlain ? {} : { connect: connector(tls, socketPath, timeoutMilliseconds) }),
		allowH2: false,
		pipelining: 1,
		connectTimeout: timeoutMilliseconds,
		headersTimeout: timeoutMilliseconds,
		bodyTimeout: timeoutMilliseconds,
		maxResponseSize: ANSWER_BYTES_MAX,
		autoSelectFamily: true,
	} as const;
}

/** Certificates may be others at each connection. */
function connector(tls: PeerTls, socketPath: string | null, timeout: number): buildConnector.connector {
	return (options, done) => {
		const path = socketPath === null ? {} : { socketPath };
		const secure = tls === null ? {} : dialOptions(tls);
		buildConnector({ allowH2: false, maxCachedSessions: 0, timeout, ...path, ...secure })(options, done);
	};
}

function placeOf(url: string): { readonly origin: string; readonly socketPath: string | null } {
	const unix = /^unix(s?):\/\/(.+)$/.exec(url);
	return unix === null ? { origin: new URL(url).origin, socketPath: null } : { origin: `http${unix[1]}://localhost`, socketPath: unix[2] ?? '' };
}

function firstLine(text: string): string {
	return (text.split('\n', 1)[0] ?? '').slice(0, REASON_CHARACTERS_MAX);
}

/** undici wraps the cause; an AggregateError of two address families has an empty message and only a code. */
function describe(error: unknown): string {
	if (!(error instanceof Error)) {
		return String(error);
	}
	const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
	return firstLine(error.message === '' ? code : error.message);
}

/** For servers that are no members (outside-http.ts): by a proxy if there is one, and after redirects. ca: what https is checked by, if not Node's. */
export function outsideDispatcher({ proxy, ca }: { readonly proxy: string; readonly ca: readonly string[] | null }): Dispatcher {
	const connect = ca === null ? {} : { ca: [...ca] };
	// Without a tunnel a proxy sees the request of a plain URL, as curl's does; https has one all the same.
	const base = proxy === '' ? new Agent({ connect }) : new ProxyAgent({ uri: proxy, proxyTunnel: false, requestTls: connect });
	return base.compose(interceptors.redirect({ maxRedirections: OUTSIDE_REDIRECTS_MAX }));
}
