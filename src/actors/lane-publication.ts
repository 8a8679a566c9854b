/**
 * This member's name and client URLs on their way into the members table: proposed once a leader is known, and again until the store has
 * them. One lane of a member does it. Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import { encodePublish, type PublishBody } from '../members/commands.ts';
import type { Logger } from '../ports/logger.ts';

export class LanePublication {
	readonly #content: PublishBody;
	readonly #logger: Logger;
	readonly #restTicks: number;
	#state: 'due' | 'proposed' | 'done' = 'due';
	#notBefore = 0;

	/** restTicks: each refusal cost the cluster an entry, so the next one is not proposed at once. */
	constructor(content: PublishBody, restTicks: number, logger: Logger) {
		this.#content = content;
		this.#restTicks = restTicks;
		this.#logger = logger;
	}

	get isDone(): boolean {
		return this.#state === 'done';
	}

	/** The body to propose now, or null: it is on its way, or there. */
	take(now: number): Uint8Array | null {
		if (this.#state !== 'due' || now < this.#notBefore) {
			return null;
		}
		this.#state = 'proposed';
		return encodePublish(this.#content);
	}

	/** A time-out says unknown, and publishing twice does no harm. */
	settled(code: number, now: number): void {
		assert(this.#state === 'proposed', 'an answer to a publication that is not on its way');
		const { id, name, clientUrls } = this.#content;
		if (code === CODES.ok.code) {
			this.#state = 'done';
			const fields = { 'local-member-id': id, 'local-member-name': name, 'client-urls': clientUrls };
			this.#logger.log('info', 'published local member to cluster through raft', fields);
		} else {
			this.#state = 'due';
			this.#notBefore = code === CODES.timeout.code ? now : now + this.#restTicks;
			this.#logger.log('warn', 'failed to publish local member to cluster through raft', { 'local-member-id': id, code });
		}
	}
}
