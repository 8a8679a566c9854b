/** Long polls by bare sockets, so that thousands of them cost the test little: one connection each, kept for the next poll. */
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const BODY_END = '0\r\n\r\n';

export class LongPoll {
	readonly #socket: Socket;
	readonly #head: string;
	#text = '';
	#whenBegun: ((index: number) => void) | null = null;
	#whenDone: ((body: string) => void) | null = null;
	#fail: (error: Error) => void = () => {};

	/** target: path and query. */
	static async open(url: string, target: string): Promise<LongPoll> {
		const { hostname, port, host } = new URL(url);
		const socket = connect({ host: hostname, port: Number(port) });
		await new Promise<void>((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		return new LongPoll(socket, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
	}

	private constructor(socket: Socket, head: string) {
		this.#socket = socket;
		this.#head = head;
		socket.setEncoding('latin1');
		socket.on('data', (text: string) => this.#hear(text));
		socket.on('error', (error) => this.#fail(error));
		socket.on('close', () => this.#fail(new Error('the connection was closed')));
	}

	/** Resolves when the headers are here, with X-Etcd-Index; body resolves with what the poll came to. */
	begin(): { readonly begun: Promise<number>; readonly body: Promise<string> } {
		this.#text = '';
		let reject: (error: Error) => void = () => {};
		const body = new Promise<string>((resolve, rejectBody) => {
			this.#whenDone = resolve;
			reject = rejectBody;
		});
		const begun = new Promise<number>((resolve, rejectBegun) => {
			this.#whenBegun = resolve;
			this.#fail = (error) => {
				rejectBegun(error);
				reject(error);
			};
		});
		body.catch(() => {});
		this.#socket.write(this.#head);
		return { begun, body };
	}

	close(): void {
		this.#fail = () => {};
		this.#socket.destroy();
	}

	#hear(text: string): void {
		this.#text += text;
		const end = this.#text.indexOf(HEAD_END);
		if (end === -1) {
			return;
		}
		this.#whenBegun?.(Number(/^x-etcd-index: (\d+)/im.exec(this.#text)?.[1] ?? Number.NaN));
		this.#whenBegun = null;
		if (this.#text.endsWith(BODY_END)) {
			const whenDone = this.#whenDone;
			this.#whenDone = null;
			whenDone?.(this.#text.slice(end + HEAD_END.length).split('\r\n')[1] ?? '');
		}
	}
}
