/** A caller that speaks HTTP/2 in single frames, rightly or wrongly, and hears every frame that comes back. Nothing of it is the server's code. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { H2RpcEngine, type RpcEngineOptions } from '../../../src/adapters/h2-rpc-engine.ts';
import type { RpcMethod } from '../../../src/ports/rpc-engine.ts';
import { ACK, block, END_HEADERS, END_STREAM, frame, PREFACE, TYPE, uint32 } from '../../support/h2-bytes.ts';
import { openSocket } from './client-raw.ts';

export { ACK, block, END_HEADERS, END_STREAM, field, frame, PADDED, PRIORITY, setting, TYPE, uint32 } from '../../support/h2-bytes.ts';

const HOUR = 3_600_000;

export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly streamId: number;
	readonly payload: Buffer;
}

export class RawCaller {
	readonly socket: Socket;
	readonly frames: Frame[] = [];
	readonly closed: Promise<void>;
	#bytes: Buffer = Buffer.alloc(0);
	#waiters: (() => void)[] = [];

	/** Opens a connection; settings: the payload of the first SETTINGS frame. */
	static open(port: number, settings: Uint8Array = Buffer.alloc(0)): RawCaller {
		const caller = new RawCaller(openSocket(port));
		caller.socket.write(Buffer.concat([PREFACE, frame(TYPE.settings, 0, 0, settings), frame(TYPE.settings, ACK, 0)]));
		return caller;
	}

	private constructor(socket: Socket) {
		this.socket = socket;
		this.closed = new Promise((resolve) => {
			socket.once('close', () => {
				resolve();
				this.#wake();
			});
		});
		socket.on('data', (part) => {
			this.#bytes = Buffer.concat([this.#bytes, part]);
			for (let size = this.#frameBytes(); this.#bytes.length >= size; size = this.#frameBytes()) {
				const [type, flags] = [this.#bytes[3] ?? 0, this.#bytes[4] ?? 0];
				this.frames.push({ type, flags, streamId: this.#bytes.readUInt32BE(5), payload: this.#bytes.subarray(9, size) });
				this.#bytes = this.#bytes.subarray(size);
			}
			this.#wake();
		});
	}

	send(...frames: readonly Buffer[]): void {
		this.socket.write(Buffer.concat(frames));
	}

	/** A unary request, whole. */
	call(streamId: number, path: string, message: Uint8Array): void {
		const body = Buffer.concat([Buffer.of(0), uint32(message.length), message]);
		this.send(frame(TYPE.headers, END_HEADERS, streamId, block(path)), frame(TYPE.data, END_STREAM, streamId, body));
	}

	/** The first frame like this, already here or still to come; null: the connection ended without it. */
	async heard(matches: (each: Frame) => boolean): Promise<Frame | null> {
		for (;;) {
			const found = this.frames.find(matches);
			if (found !== undefined || this.socket.closed) {
				return found ?? null;
			}
			await new Promise<void>((resolve) => this.#waiters.push(resolve));
		}
	}

	/** Code and text of the GOAWAY that ends the connection. */
	async goaway(): Promise<string> {
		const found = await this.heard(({ type }) => type === TYPE.goaway);
		return found === null ? 'closed' : `${found.payload.readUInt32BE(4)} ${found.payload.subarray(8).toString()}`;
	}

	/** The code of the reset of a stream. */
	async reset(streamId: number): Promise<number | null> {
		const found = await this.heard((each) => each.type === TYPE.reset && each.streamId === streamId);
		return found === null ? null : found.payload.readUInt32BE();
	}

	/** When the stream has ended: the bytes of all its DATA frames. */
	async answer(streamId: number): Promise<Buffer | null> {
		const end = await this.heard((each) => each.streamId === streamId && each.type === TYPE.headers && (each.flags & END_STREAM) !== 0);
		return end === null ? null : this.data(streamId);
	}

	data(streamId: number): Buffer {
		return Buffer.concat(this.frames.filter((each) => each.type === TYPE.data && each.streamId === streamId).map((each) => each.payload));
	}

	#frameBytes(): number {
		return this.#bytes.length < 9 ? Number.POSITIVE_INFINITY : 9 + this.#bytes.readUIntBE(0, 3);
	}

	#wake(): void {
		for (const waiter of this.#waiters.splice(0)) {
			waiter();
		}
	}
}

export interface RawServer {
	readonly engine: H2RpcEngine;
	readonly port: number;
	close(): Promise<void>;
}

/** An engine behind a port of its own, without a sniffer. */
export async function openRawServer(methods: Readonly<Record<string, RpcMethod>>, options: Partial<RpcEngineOptions> = {}): Promise<RawServer> {
	const all = { messageBytesMax: 4_000_000, maxConcurrentStreams: 100, readMilliseconds: HOUR, handshakeMilliseconds: HOUR, ...options };
	const engine = new H2RpcEngine(all, { find: (path) => methods[path] ?? 'unknown' });
	const sockets = new Set<Socket>();
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		sockets.add(socket);
		engine.accept(socket);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const close = async (): Promise<void> => {
		server.close();
		for (const socket of sockets) {
			socket.destroy();
		}
		await engine.close();
	};
	return { engine, port: (server.address() as AddressInfo).port, close };
}
