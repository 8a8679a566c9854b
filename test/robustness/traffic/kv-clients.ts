/**
 * Clients that ask one thing after the other, at one member each or at all in turn, and record it. Nothing is sent twice: a request without an answer
 * stays unknown. One more client compacts.
 */
import type { Random } from '../../../src/base/random.ts';
import { delay } from '../../support/eventually.ts';
import { GrpcClient, RpcError } from '../../support/grpc-client.ts';
import type { KvRequest, Operation, Outcome, PutRequest } from '../history.ts';
import { bigRequest, drawRequest } from './draw-request.ts';
import { methodOf, shorten } from './kv-codec.ts';

export interface Endpoint {
	readonly name: string;
	readonly clientUrl: string;
}

const DEADLINE_MS = 3_000;
/** Between two requests of a client: what is tested is order, not load. */
const PAUSE_MS = 4;
/** After one that failed. */
const FAILED_PAUSE_MS = 50;
const COMPACT_EVERY_MS = 200;
const COMPACT_BACK_MAX = 150;

export class KvClients {
	readonly operations: Operation[] = [];
	/** The newest revision that any of them was answered. */
	revision = 1;
	readonly #random: Random;
	readonly #connections = new Map<string, GrpcClient>();
	readonly #running: Promise<void>[] = [];
	#requests = 0;
	#isStopping = false;

	constructor(random: Random) {
		this.#random = random;
	}

	/** One client; endpoints: those that it asks in turn. */
	start(name: string, endpoints: readonly Endpoint[]): void {
		const mods = new Map<string, number>();
		this.#running.push(
			this.#repeat(async (turn) => {
				const request = drawRequest(this.#random, { revision: this.revision, mods }, this.#nameRequest(name));
				const outcome = await this.#ask(name, endpointOf(endpoints, turn), request);
				remember(mods, request, outcome);
				await delay(outcome.kind === 'unknown' ? FAILED_PAUSE_MS : PAUSE_MS);
			}),
		);
	}

	/** Compacts again and again, never beyond what newest says. */
	startCompactor(endpoints: readonly Endpoint[], newest: () => number): void {
		this.#running.push(
			this.#repeat(async (turn) => {
				await delay(COMPACT_EVERY_MS);
				const revision = newest() - this.#random.below(COMPACT_BACK_MAX);
				if (revision > 1) {
					await this.#ask('compactor', endpointOf(endpoints, turn), { kind: 'compact', revision });
				}
			}),
		);
	}

	/** Compacts once, to exactly this revision. */
	async compact(endpoint: Endpoint, revision: number): Promise<Outcome> {
		return this.#ask('operator', endpoint, { kind: 'compact', revision });
	}

	/** A txn so large that watchers get it in fragments, if they asked for them. */
	async writeBig(endpoint: Endpoint): Promise<Outcome> {
		return this.#ask('big', endpoint, bigRequest(this.#nameRequest('big')));
	}

	/** The last write of a run; whoever watches everything is to see it. */
	async writeLast(endpoint: Endpoint): Promise<Outcome> {
		return this.#ask('last', endpoint, { kind: 'put', key: 'last', value: this.#nameRequest('last') });
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		await Promise.all(this.#running);
	}

	close(): void {
		for (const connection of this.#connections.values()) {
			connection.close();
		}
	}

	async #repeat(once: (turn: number) => Promise<void>): Promise<void> {
		for (let turn = 0; !this.#isStopping; turn++) {
			await once(turn);
		}
	}

	async #ask(client: string, endpoint: Endpoint, request: KvRequest): Promise<Outcome> {
		const connection = this.#connect(client, endpoint);
		const invoked = performance.now();
		let outcome: Outcome;
		try {
			outcome = await connection.call(methodOf(request), request, DEADLINE_MS);
			this.revision = Math.max(this.revision, outcome.revision);
		} catch (error) {
			if (!(error instanceof RpcError)) {
				throw error;
			}
			outcome = { kind: error.outcome, words: error.message };
		}
		this.operations.push({ client, member: endpoint.name, request: shortened(request), invoked, returned: performance.now(), outcome });
		return outcome;
	}

	#connect(client: string, endpoint: Endpoint): GrpcClient {
		const name = `${client} ${endpoint.name}`;
		const connection = this.#connections.get(name) ?? new GrpcClient(endpoint.clientUrl);
		this.#connections.set(name, connection);
		return connection;
	}

	#nameRequest(client: string): string {
		this.#requests++;
		return `${client}:${this.#requests}`;
	}
}

function endpointOf(endpoints: readonly Endpoint[], turn: number): Endpoint {
	const endpoint = endpoints[turn % endpoints.length];
	if (endpoint === undefined) {
		throw new Error('a client needs a member to ask');
	}
	return endpoint;
}

function shortened(request: KvRequest): KvRequest {
	const short = <T extends KvRequest>(part: T): T => (part.kind === 'put' ? { ...part, value: shorten((part as PutRequest).value) } : part);
	return request.kind === 'txn' ? { ...request, success: request.success.map(short), failure: request.failure.map(short) } : short(request);
}

/** What a client knows of its keys for its next compare. */
function remember(mods: Map<string, number>, request: KvRequest, outcome: Outcome): void {
	if (outcome.kind !== 'ok') {
		return;
	}
	const { answer, revision } = outcome;
	if (request.kind === 'put') {
		mods.set(request.key, revision);
	}
	const ranges = answer.kind === 'txn' ? answer.answers : [answer];
	for (const part of ranges) {
		if (part.kind === 'range') {
			for (const { key, mod } of part.kvs) {
				mods.set(key, mod);
			}
		}
	}
}
