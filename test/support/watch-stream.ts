/** One raw Watch call for tests, on @grpc/grpc-js: what is sent and what comes, message by message, without a client library's own ideas. */
import { type Client, type ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';

export type WatchRequestWord = Parameters<typeof pb.WatchRequest.encode>[0];
export type WatchAnswer = ReturnType<typeof pb.WatchResponse.decode>;

export interface StreamEnd {
	readonly status: number;
	readonly message: string;
}

const same = (bytes: Buffer): Buffer => bytes;

export class WatchStreamClient {
	readonly ended: Promise<StreamEnd>;
	readonly #call: ClientDuplexStream<Buffer, Buffer>;
	readonly #arrived: WatchAnswer[] = [];
	readonly #waiting: ((answer: WatchAnswer | StreamEnd) => void)[] = [];
	#end: StreamEnd | null = null;

	constructor(client: Client, headers: Readonly<Record<string, string>> = {}, path = '/etcdserverpb.Watch/Watch') {
		const metadata = new Metadata();
		for (const [name, value] of Object.entries(headers)) {
			metadata.set(name, value);
		}
		this.#call = client.makeBidiStreamRequest(path, same, same, metadata);
		this.#call.on('data', (bytes: Buffer) => this.#hear(pb.WatchResponse.decode(bytes)));
		// The status says the same, and more.
		this.#call.on('error', () => {});
		this.ended = new Promise((resolve) => {
			this.#call.on('status', ({ code, details }) => {
				this.#end = { status: code, message: details };
				for (const tell of this.#waiting.splice(0)) {
					tell(this.#end);
				}
				resolve(this.#end);
			});
		});
	}

	send(word: WatchRequestWord): void {
		this.sendBytes(pb.WatchRequest.encode(word).finish());
	}

	sendBytes(bytes: Uint8Array): void {
		this.#call.write(Buffer.from(bytes));
	}

	create(request: Parameters<typeof pb.WatchCreateRequest.encode>[0]): void {
		this.send({ create_request: request });
	}

	/** The caller has nothing more to say. */
	halfClose(): void {
		this.#call.end();
	}

	cancel(): void {
		this.#call.cancel();
	}

	/** Takes no more until `resume`. */
	pause(): void {
		this.#call.pause();
	}

	resume(): void {
		this.#call.resume();
	}

	/** The next response; an end instead fails the test. */
	async next(): Promise<WatchAnswer> {
		const first = this.#arrived.shift() ?? this.#end;
		const answer = first ?? (await new Promise<WatchAnswer | StreamEnd>((resolve) => this.#waiting.push(resolve)));
		if ('status' in answer) {
			throw new Error(`the watch stream ended with ${answer.status} ${answer.message}`);
		}
		return answer;
	}

	#hear(answer: WatchAnswer): void {
		const tell = this.#waiting.shift();
		if (tell === undefined) {
			this.#arrived.push(answer);
		} else {
			tell(answer);
		}
	}
}
