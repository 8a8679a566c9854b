/**
 * One line in the log for each connection that a listener refuses, in etcd's words: who, and why. Strangers can make many: beyond a few a second
 * they are only counted, and the next line says how many. Used by secure-server.ts.
 */
import type { Logger } from '../../ports/logger.ts';

export interface Refused {
	/** address:port; empty: it was gone already. */
	readonly remote: string;
	/** The name that it asked for (SNI). */
	readonly serverName: string;
	readonly reason: string;
}

const LINES_PER_SECOND = 20;
const SECOND_MILLISECONDS = 1_000;

export class RefusalLog {
	readonly #logger: Logger;
	readonly #message: string;
	readonly #now: () => number;
	#second = 0;
	#lines = 0;
	#unsaid = 0;

	constructor(logger: Logger, endpoint: 'client' | 'peer', now: () => number = () => performance.now()) {
		this.#logger = logger;
		this.#message = `rejected connection on ${endpoint} endpoint`;
		this.#now = now;
	}

	say({ remote, serverName, reason }: Refused): void {
		const second = Math.floor(this.#now() / SECOND_MILLISECONDS);
		if (second !== this.#second) {
			this.#second = second;
			this.#lines = 0;
		}
		if (this.#lines >= LINES_PER_SECOND) {
			this.#unsaid += 1;
			return;
		}
		this.#lines += 1;
		const unsaid = this.#unsaid === 0 ? {} : { 'not-logged-before': this.#unsaid };
		this.#unsaid = 0;
		this.#logger.log('warn', this.#message, { 'remote-addr': remote, 'server-name': serverName, error: reason, ...unsaid });
	}
}
