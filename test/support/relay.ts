/** A way to a server that can be cut, so that bytes stop on both sides and nobody is told, as a network does it; and mended. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Relay {
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	#isCut = false;
	/** What goes on from here to the server waits so long. */
	delayMilliseconds = 0;

	static async open(targetUrl: string): Promise<Relay> {
		const { hostname, port } = new URL(targetUrl);
		const relay = new Relay(hostname, Number(port));
		await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
		return relay;
	}

	private constructor(host: string, port: number) {
		this.#server = createServer((near) => {
			const far = connect({ host, port });
			this.#join(near, far, () => this.delayMilliseconds);
			this.#join(far, near, () => 0);
		});
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	cut(): void {
		this.#isCut = true;
		for (const socket of this.#sockets) {
			socket.pause();
		}
	}

	/** What was on its way arrives late. */
	mend(): void {
		this.#isCut = false;
		for (const socket of this.#sockets) {
			socket.resume();
		}
	}

	close(): void {
		this.#server.close();
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	#join(from: Socket, to: Socket, delay: () => number): void {
		this.#sockets.add(from);
		from.on('data', (bytes: Buffer) => {
			const milliseconds = delay();
			if (milliseconds === 0) {
				to.write(bytes);
			} else {
				setTimeout(() => to.destroyed || to.write(bytes), milliseconds);
			}
		});
		from.on('end', () => to.end());
		from.on('error', () => to.destroy());
		from.on('close', () => {
			this.#sockets.delete(from);
			to.destroy();
		});
		if (this.#isCut) {
			from.pause();
		}
	}
}
