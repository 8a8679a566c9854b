/**
 * Stands before the peer port of a member and holds bytes back, both ways, as a link between two machines would. Which link it is depends on who
 * dials, since each pair of members has one. That a connection begins or ends is not delayed. Used by bench/latency/cluster.ts.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Link, LinkDelay } from './link-delay.ts';

/** A sender that is so far ahead of the link has to wait, as one whose window is full has. */
const HELD_BYTES_MAX = 16 * 2 ** 20;

export interface LinkProxyOptions {
	readonly port: number;
	/** Where the member listens. */
	readonly targetPort: number;
	readonly chance: () => number;
	readonly held: HeldTimes;
	/** The link to whoever dials from this port; null: nobody that is known, and so no way through. */
	linkTo(dialingPort: number): (() => Link) | null;
}

/** How long bytes were really held: timers of Node have whole milliseconds, so a link of 1 ms takes longer than it says. */
export interface HeldTimes {
	parts: number;
	milliseconds: number;
}

export class LinkProxy {
	readonly #options: LinkProxyOptions;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	static async open(options: LinkProxyOptions): Promise<LinkProxy> {
		const proxy = new LinkProxy(options);
		await new Promise<void>((resolve, reject) => {
			proxy.#server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
		});
		return proxy;
	}

	private constructor(options: LinkProxyOptions) {
		this.#options = options;
		this.#server = createServer({ noDelay: true }, (near) => this.#accept(near));
	}

	close(): void {
		this.#server.close();
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	#accept(near: Socket): void {
		const { targetPort, chance, held } = this.#options;
		const link = this.#options.linkTo(near.remotePort ?? 0);
		if (link === null) {
			near.destroy();
			return;
		}
		const far = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
		this.#join({ from: near, to: far, delay: new LinkDelay(link, chance), held });
		this.#join({ from: far, to: near, delay: new LinkDelay(link, chance), held });
	}

	#join(way: Way): void {
		const { from, to } = way;
		this.#sockets.add(from);
		from.on('error', () => to.destroy());
		from.on('close', () => {
			this.#sockets.delete(from);
			to.destroy();
		});
		holdBack(way);
	}
}

interface Way {
	readonly from: Socket;
	readonly to: Socket;
	readonly delay: LinkDelay;
	readonly held: HeldTimes;
}

interface Part {
	readonly came: number;
	readonly leaves: number;
	readonly bytes: Buffer;
}

function holdBack({ from, to, delay, held }: Way): void {
	const parts: Part[] = [];
	let bytesHeld = 0;
	let timer: NodeJS.Timeout | null = null;
	const release = (): void => {
		timer = null;
		const now = performance.now();
		for (let part = parts[0]; part !== undefined && part.leaves <= now; part = parts[0]) {
			parts.shift();
			bytesHeld -= part.bytes.length;
			held.parts++;
			held.milliseconds += now - part.came;
			if (!to.destroyed) {
				to.write(part.bytes);
			}
		}
		resume();
		wait();
	};
	const wait = (): void => {
		const next = parts[0];
		if (next !== undefined && timer === null) {
			timer = setTimeout(release, Math.max(0, next.leaves - performance.now()));
		}
	};
	const resume = (): void => {
		if (from.isPaused() && bytesHeld + to.writableLength < HELD_BYTES_MAX / 2) {
			from.resume();
		}
	};
	from.on('data', (bytes: Buffer) => {
		const came = performance.now();
		const leaves = delay.leaveAt(came, bytes.length);
		if (parts.length === 0 && leaves <= came) {
			to.write(bytes);
		} else {
			parts.push({ came, leaves, bytes });
			bytesHeld += bytes.length;
			wait();
		}
		if (bytesHeld + to.writableLength >= HELD_BYTES_MAX) {
			from.pause();
		}
	});
	to.on('drain', resume);
	to.on('close', () => {
		if (timer !== null) {
			clearTimeout(timer);
		}
	});
}
