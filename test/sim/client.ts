/** One simulated client: a request at a time to whichever member it likes, until its own deadline. It never sends anything twice. */
import type { Slot } from '../../src/base/brand.ts';
import { CODES } from '../../src/base/codes.ts';
import { etcdserverpb } from '../../src/rpc/generated/messages.js';
import type { Dice } from './dice.ts';
import { kvOf, type Operation, revisionOf } from './history.ts';
import type { Plan } from './plan.ts';
import type { Process } from './process.ts';
import type { Request, Requests } from './requests.ts';
import { MILLISECOND, type Timeline } from './timeline.ts';

const REST = 100 * MILLISECOND;
const ROWS = Object.values(CODES);
/** In these words nobody says that it did not happen. */
export const UNKNOWN_WORDS: ReadonlySet<string> = new Set(
	ROWS.filter(({ code, retryable }) => !retryable && code >= 18 && code <= 22).map(({ text }) => text),
);

export interface ClientWorld {
	readonly plan: Plan;
	readonly timeline: Timeline;
	readonly requests: Requests;
	/** Members that may be asked. */
	readonly reachable: readonly Slot[];
	readonly isQuiet: boolean;
	processOf(slot: Slot): Process | null;
	begun(operation: Operation): void;
	ended(operation: Operation): void;
	nextOperation(): number;
}

export class Client {
	readonly #number: number;
	readonly #world: ClientWorld;
	readonly #dice: Dice;

	constructor(number: number, world: ClientWorld, dice: Dice) {
		this.#number = number;
		this.#world = world;
		this.#dice = dice;
	}

	/** One request after the other, for ever. */
	begin(): void {
		this.#world.timeline.after(this.#dice.skewed(this.#world.plan.workload.thinkMicroseconds), () => {
			if (this.#world.isQuiet) {
				return;
			}
			this.ask(this.#world.requests.draw(), this.#dice.pick(this.#world.reachable), ({ outcome }) => {
				// After an error clients wait a little, as people's do.
				this.#world.timeline.after(outcome === 'ok' ? 0 : REST, () => this.begin());
			});
		});
	}

	ask(request: Request, member: Slot, done: (operation: Operation) => void): void {
		const { timeline, plan } = this.#world;
		const operation: Operation = {
			id: this.#world.nextOperation(),
			client: this.#number,
			member,
			method: request.method,
			request: request.bytes,
			mayBeOld: request.mayBeOld,
			invoked: timeline.now,
			returned: Number.POSITIVE_INFINITY,
			outcome: 'open',
			response: null,
			words: '',
		};
		this.#world.begun(operation);
		const end = (outcome: Operation['outcome'], words: string, response: Uint8Array | null): void => {
			if (operation.outcome !== 'open') {
				return;
			}
			operation.outcome = outcome;
			operation.words = words;
			operation.response = response;
			operation.returned = outcome === 'unknown' ? Number.POSITIVE_INFINITY : timeline.now;
			this.#learn(operation);
			this.#world.ended(operation);
			done(operation);
		};
		timeline.after(this.#dice.skewed(200), () => this.#arrive(operation, end));
		timeline.after(plan.workload.timeoutMicroseconds, () => end('unknown', 'own deadline', null));
	}

	#arrive(operation: Operation, end: (outcome: Operation['outcome'], words: string, response: Uint8Array | null) => void): void {
		const { timeline } = this.#world;
		const process = this.#world.processOf(operation.member);
		if (process === null) {
			end('refused', 'connection refused', null);
			return;
		}
		const lane = this.#dice.below(process.api.length);
		process.request(lane, `/etcdserverpb.KV/${operation.method}`, operation.request, (status, words, response) => {
			timeline.after(this.#dice.skewed(200), () => {
				if (status === 0) {
					end('ok', '', response);
				} else {
					end(UNKNOWN_WORDS.has(words) ? 'unknown' : 'refused', words, null);
				}
			});
		});
	}

	#learn(operation: Operation): void {
		if (operation.response === null) {
			return;
		}
		const { requests } = this.#world;
		requests.seen = Math.max(requests.seen, revisionOf(operation));
		if (operation.method === 'Range') {
			for (const message of etcdserverpb.RangeResponse.decode(operation.response).kvs ?? []) {
				const kv = kvOf(message);
				requests.values.set(kv.key, kv.value);
			}
		}
	}
}
