/**
 * How a member that has no data finds the others by a discovery token: it registers and waits until all are there. Each step may be repeated, so after any
 * failure of the service all begins anew, with a pause that doubles. Used by discover.ts.
 */
import { FatalError } from '../../base/fatal.ts';
import type { ClusterMember } from '../../config/config.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Entry, judge, parseSize, type Registry, RegistryUnavailable } from './registry.ts';

export interface Searching {
	readonly registry: Registry;
	readonly own: Entry;
	/** It has registered in a run before this one: an entry of its id is its own. */
	readonly isRegistered: boolean;
	/** Before it registers: from now on an entry may be there. */
	readonly willRegister: () => void;
	readonly logger: Logger;
	readonly pause: (milliseconds: number) => Promise<void>;
}

const FIRST_PAUSE_MILLISECONDS = 500;
const LAST_PAUSE_MILLISECONDS = 32_000;

/** Waits for as long as it takes. FatalError discovery_failed if this member has no place, or the token makes no sense. */
export async function findMembers(searching: Searching): Promise<readonly ClusterMember[]> {
	const { registry, logger, pause } = searching;
	const search = new Search(searching);
	let failures = 0;
	for (;;) {
		try {
			const members = await search.step();
			failures = 0;
			if (members !== null) {
				return members;
			}
		} catch (error) {
			if (!(error instanceof RegistryUnavailable)) {
				throw error;
			}
			const milliseconds = Math.min(LAST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(failures, 16));
			failures += 1;
			logger.log('warn', 'the discovery service does not answer; asking again', { discovery: registry.place, reason: error.message, milliseconds });
			await pause(milliseconds);
		}
	}
}

class Search {
	readonly #searching: Searching;
	#size: number | null = null;
	#mayBeRegistered: boolean;
	#told = '';

	constructor(searching: Searching) {
		this.#searching = searching;
		this.#mayBeRegistered = searching.isRegistered;
	}

	/** One look at the token and what follows from it; the members once all are there, null if there is more to do. */
	async step(): Promise<readonly ClusterMember[] | null> {
		const { registry, own } = this.#searching;
		this.#size ??= await this.#readSize();
		const size = this.#size;
		const listing = await registry.list();
		if (!this.#mayBeRegistered && listing.entries.some(({ id }) => id === own.id)) {
			throw this.#duplicate();
		}
		const judgement = judge(listing, { size, ownId: own.id });
		switch (judgement.kind) {
			case 'room':
				await this.#register();
				return null;
			case 'waiting':
				this.#tell('waiting for other members to register', { registered: size - judgement.missing, size });
				await registry.awaitMore(listing);
				return null;
			case 'complete':
				this.#tell('discovery is complete', { size, members: judgement.members.map(({ name, urls }) => `${name}=${urls.join()}`) });
				return judgement.members;
			case 'full':
				throw this.#refused(`the cluster is full: ${size} members have registered before this one. ${WHAT_THEN}`);
			case 'broken':
				throw this.#refused(judgement.problem);
		}
	}

	async #readSize(): Promise<number> {
		const text = await this.#searching.registry.readSize();
		if (text === null) {
			throw this.#refused('size key not found: there is no such token, or it has expired. GET /new?size=3 of a discovery service makes one');
		}
		const size = parseSize(text);
		if (size === null) {
			throw this.#refused(`the size of the cluster must be a number from 1 on, and is ${JSON.stringify(text.slice(0, 80))}`);
		}
		return size;
	}

	async #register(): Promise<void> {
		const { registry, own, willRegister } = this.#searching;
		const isFirst = !this.#mayBeRegistered;
		this.#mayBeRegistered = true;
		willRegister();
		const outcome = await registry.register(own);
		if (outcome === 'taken' && isFirst) {
			throw this.#duplicate();
		}
		if (outcome === 'taken') {
			// The listing was older than the entry.
			await this.#searching.pause(FIRST_PAUSE_MILLISECONDS);
			return;
		}
		this.#tell('registered with the discovery service', { 'local-member-id': own.id });
	}

	#duplicate(): FatalError {
		return this.#refused(
			`a member of the id ${this.#searching.own.id}, with this one's peer URLs, has registered before. If that was this member, its data directory is lost: make a new token`,
		);
	}

	#refused(problem: string): FatalError {
		return new FatalError('discovery_failed', `discovery by ${this.#searching.registry.place}: ${problem}`);
	}

	/** What is so for long is said once. */
	#tell(message: string, fields: Readonly<Record<string, string | number | readonly string[]>>): void {
		const { logger, registry } = this.#searching;
		const told = message + JSON.stringify(fields);
		if (told !== this.#told) {
			this.#told = told;
			logger.log('info', message, { discovery: registry.place, ...fields });
		}
	}
}

const WHAT_THEN = 'To add a member to a running cluster, use etcdctl member add and --initial-cluster-state=existing';
