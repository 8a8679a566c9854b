/** Takes the same steps on both systems until something that they answer differs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type WireAnswer, type WireRequest } from '../../unit/api/v2/random-requests.ts';
import { isSameAnswer } from '../../unit/api/v2/same-answer.ts';
import { known, type Rule } from '../known-differences.ts';
import { OpenWatch, type SeenWatch } from './open-watch.ts';
import { placed, type Step } from './steps.ts';

export interface Endpoints {
	readonly quorate: string;
	readonly etcd: string;
}

export interface Difference {
	readonly at: number;
	/** What was compared. */
	readonly what: string;
	readonly quorate: string;
	readonly etcd: string;
}

/** How long both may take to come to the same, once one of them has something to show. */
const PATIENCE_MS = 10_000;
const POLL_MS = 20;
/** What is due after the last request of a watch comes within this time, or is waited for if one of the two has shown it. */
const SETTLE_MS = 40;
/** Nodes that are over: overdue, or with a few seconds left; those with a long TTL stay. */
const EXPIRING = /"expiration":"[^"]*"(?!,"ttl":\d{4})/;

/** Kinds of answers met are counted in `met`. */
export async function findDifference(endpoints: Endpoints, steps: readonly Step[], met: Map<string, number>): Promise<Difference | null> {
	const run = new Run(endpoints, met);
	for (let at = 0; at < steps.length; at++) {
		const difference = await run.take(steps[at] as Step);
		if (difference !== null) {
			return { at, ...difference };
		}
	}
	return null;
}

const ONE_END = known('v2-double-delete', /^(\{"action":"(?:delete|compareAndDelete|expire)".*\n)\1/gm, '$1');
const FIRST_EVENT = known('v2-stream-past', /^([^\n]*\n)[\s\S]*$/g, '$1');

type Found = Omit<Difference, 'at'> | null;

class Run {
	readonly #endpoints: Endpoints;
	readonly #met: Map<string, number>;
	/** The newest index that etcd has named. */
	#newest = 0;

	constructor(endpoints: Endpoints, met: Map<string, number>) {
		this.#endpoints = endpoints;
		this.#met = met;
	}

	async take(step: Step): Promise<Found> {
		// A step's indices are relative to the newest one when it begins, so they must be known when it is the first.
		if (this.#newest === 0) {
			await this.#ask({ method: 'GET', target: '/v2/keys', form: null });
		}
		switch (step.kind) {
			case 'request':
				return this.#compare(placed(step.request, this.#newest));
			case 'expiry':
				return this.#expiry(step.writes);
			case 'watch':
				return this.#watch(placed(step.watch, this.#newest), step.requests);
		}
	}

	async #compare(wire: WireRequest): Promise<Found> {
		const [ours, theirs] = await this.#ask(wire);
		const kind = /"errorCode":(\d+)/.exec(theirs.body)?.[1] ?? /"action":"(\w+)"/.exec(theirs.body)?.[1] ?? String(theirs.status);
		this.#meet(`${wire.method} ${kind}`);
		return isSameAnswer(ours, theirs) ? null : differ(wire, ours, theirs);
	}

	async #ask(wire: WireRequest): Promise<readonly [WireAnswer, WireAnswer]> {
		const answers = await Promise.all([exchange(this.#endpoints.quorate, wire), exchange(this.#endpoints.etcd, wire)]);
		this.#newest = Math.max(this.#newest, Number(answers[1].headers['x-etcd-index'] ?? 0));
		return answers;
	}

	/** The writes, then what is left when all is over, then every event that led there. */
	async #expiry(writes: readonly WireRequest[]): Promise<Found> {
		const before = this.#newest;
		for (const write of writes) {
			const found = await this.#compare(placed(write, this.#newest));
			if (found !== null) {
				return found;
			}
		}
		const listing = { method: 'GET', target: '/v2/keys/ttl?recursive=true&sorted=true', form: null };
		for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
			const answers = await this.#ask(listing);
			if (!answers.some(({ body }) => EXPIRING.test(body))) {
				break;
			}
			await sleep(POLL_MS);
		}
		const left = await this.#compare(listing);
		for (let index = before + 1; left === null && index <= this.#newest; index++) {
			const found = await this.#watch({ method: 'GET', target: `/v2/keys?wait=true&recursive=true&waitIndex=${index}`, form: null }, []);
			if (found !== null) {
				return found;
			}
		}
		return left;
	}

	async #watch(wire: WireRequest, requests: readonly WireRequest[]): Promise<Found> {
		const rule = ruleOf(wire.target, this.#newest);
		const watches = await Promise.all([OpenWatch.open(this.#endpoints.quorate, wire), OpenWatch.open(this.#endpoints.etcd, wire)]);
		const [ours, theirs] = watches;
		try {
			for (const request of requests) {
				const found = await this.#compare(placed(request, this.#newest));
				if (found !== null) {
					return found;
				}
			}
			await sleep(SETTLE_MS);
			for (let waited = 0; waited < PATIENCE_MS && !isSameWatch(ours.seen(), theirs.seen(), rule); waited += POLL_MS) {
				await sleep(POLL_MS);
			}
			const seen = theirs.seen();
			this.#meet(`watch ${/"errorCode":(\d+)/.exec(seen.body)?.[1] ?? /"action":"(\w+)"/.exec(seen.body)?.[1] ?? 'nothing'}`);
			return isSameWatch(ours.seen(), seen, rule) ? null : differ(wire, ours.seen(), seen);
		} finally {
			ours.close();
			theirs.close();
		}
	}

	#meet(kind: string): void {
		this.#met.set(kind, (this.#met.get(kind) ?? 0) + 1);
	}
}

/** What of a body is compared. Of a stream that began in the past, the first event. */
function ruleOf(target: string, newest: number): Rule {
	const waitIndex = Number(/waitIndex=(\d+)/.exec(target)?.[1] ?? 0);
	if (!target.includes('stream=true')) {
		return (body) => body;
	}
	return waitIndex > 0 && waitIndex <= newest ? FIRST_EVENT : ONE_END;
}

function isSameWatch(ours: SeenWatch, theirs: SeenWatch, rule: Rule): boolean {
	const [one, other] = [ours, theirs].map((seen) => ({ ...seen, body: rule(seen.body) })) as [SeenWatch, SeenWatch];
	return one.ended === other.ended && isSameAnswer(one, other);
}

function differ(wire: WireRequest, ours: WireAnswer, theirs: WireAnswer): Found {
	return { what: `${wire.method} ${wire.target} ${wire.form ?? ''}`, quorate: JSON.stringify(ours), etcd: JSON.stringify(theirs) };
}
