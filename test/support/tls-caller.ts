/** One connection to a TLS port, by hand: what came back before the other side closed it, and the address that the other side saw. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface Called {
	/** Everything that was received, as text; of TLS, decrypted. */
	readonly answer: string;
	/** address:port of our side. */
	readonly local: string;
	readonly session: Buffer | null;
	readonly isResumed: boolean;
}

const REQUEST = 'GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const ANSWER_WITHIN_MS = 20_000;

/** Over TLS. An error of the connection is no error of this call: the answer is then what came before it. */
export async function callTls(port: number, options: ConnectionOptions): Promise<Called> {
	const raw = connect({ host: '127.0.0.1', port });
	await once(raw, 'connect');
	const local = `127.0.0.1:${raw.localPort}`;
	const socket = connectTls({ socket: raw, servername: 'localhost', ALPNProtocols: ['http/1.1', 'h2'], ...options });
	let session: Buffer | null = null;
	socket.on('session', (given: Buffer) => {
		session = given;
	});
	let isResumed = false;
	socket.once('secureConnect', () => {
		isResumed = socket.isSessionReused();
		socket.write(REQUEST);
	});
	const answer = await untilClosed(socket);
	return { answer, local, session, isResumed };
}

/** Without TLS. */
export async function callPlain(port: number, words = REQUEST): Promise<Called> {
	const socket = connect({ host: '127.0.0.1', port });
	await once(socket, 'connect');
	const local = `127.0.0.1:${socket.localPort}`;
	socket.write(words);
	return { answer: await untilClosed(socket), local, session: null, isResumed: false };
}

function untilClosed(socket: Socket): Promise<string> {
	return new Promise((resolve) => {
		let text = '';
		const timer = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
		socket.on('data', (part: Buffer) => {
			text += part.toString('latin1');
		});
		socket.on('error', () => {});
		socket.on('end', () => socket.end());
		socket.once('close', () => {
			clearTimeout(timer);
			resolve(text);
		});
	});
}
