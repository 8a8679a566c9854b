/** Callers that behave badly on purpose: raw sockets and single HTTP/2 streams. Used by tests of the client port. */
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';

/** Sends bytes and gives everything that came back until the other side closed. */
export function talk(port: number, bytes: string | Buffer, keepOpen = true): Promise<string> {
	return new Promise((resolve) => {
		const socket = openSocket(port);
		let received = '';
		socket.on('data', (part) => {
			received += part.toString('latin1');
		});
		socket.on('close', () => resolve(received));
		socket.write(bytes);
		if (!keepOpen) {
			socket.end();
		}
	});
}

export function openSocket(port: number): Socket {
	const socket = connectSocket(port, '127.0.0.1');
	socket.on('error', () => {});
	return socket;
}

export function closed(socket: Socket): Promise<void> {
	return new Promise((resolve) => {
		socket.once('close', () => resolve());
	});
}

export function openSession(port: number): ClientHttp2Session {
	const session = connect(`http://127.0.0.1:${port}`);
	session.on('error', () => {});
	return session;
}

export interface RawAnswer {
	readonly httpStatus: number;
	readonly grpcStatus: string | undefined;
	readonly message: string;
	readonly body: Buffer;
	readonly rstCode: number;
}

/** One stream with these bytes as its body; body null: it is left open. */
export function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Buffer | null, end = true): Promise<RawAnswer> {
	return new Promise((resolve) => {
		const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', ...headers });
		const seen: Record<string, unknown> = {};
		const parts: Buffer[] = [];
		stream.on('response', (each) => Object.assign(seen, each));
		stream.on('trailers', (each) => Object.assign(seen, each));
		stream.on('data', (part: Buffer) => parts.push(part));
		stream.on('error', () => {});
		stream.on('close', () => {
			resolve({
				httpStatus: Number(seen[':status'] ?? 0),
				grpcStatus: seen['grpc-status'] as string | undefined,
				message: decodeURIComponent(String(seen['grpc-message'] ?? '')),
				body: Buffer.concat(parts),
				rstCode: stream.rstCode ?? 0,
			});
		});
		if (body !== null) {
			stream.write(body);
		}
		if (end) {
			stream.end();
		}
	});
}

export function framed(message: Uint8Array, flag = 0): Buffer {
	const head = Buffer.alloc(5);
	head[0] = flag;
	head.writeUInt32BE(message.length, 1);
	return Buffer.concat([head, message]);
}
