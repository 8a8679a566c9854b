/**
 * Who asks and who watches in a run: clients at each member and some that go round, a compactor, and watchers of every kind. What comes of it is a
 * History; the watchers of everything, one at each member and from revision 1, are what persisted.ts is made from.
 */
import type { Random } from '../../../src/base/random.ts';
import { eventually } from '../../support/eventually.ts';
import type { History, WatchRequest, WatchSession } from '../history.ts';
import { EVERYTHING, keyOf, PREFIX } from './draw-request.ts';
import { type Endpoint, KvClients } from './kv-clients.ts';
import { Watcher, WatchStreams } from './watchers.ts';

const CLIENTS_A_MEMBER = 2;
const CLIENTS_AROUND = 2;
const CUT_AFTER_MS = 700;
const VISIT_MS = 400;
const VISIT_REVISIONS = 100;
/** On a busy machine a few dozen revisions may take long; a stall lasts. */
const WITHIN_MS = 180_000;

const PLAIN: WatchRequest = {
	...PREFIX,
	startRevision: 0,
	prevKv: false,
	noPut: false,
	noDelete: false,
	fragment: false,
	progressNotify: false,
};
const FULL: WatchRequest = { ...PLAIN, ...EVERYTHING, startRevision: 1, prevKv: true, fragment: true };

/** Those that stay at one member, but for the one that sees everything. */
const STAYING: Readonly<Record<string, WatchRequest>> = {
	'prefix, from 1': { ...PLAIN, startRevision: 1 },
	'prefix, from now, with progress': { ...PLAIN, progressNotify: true, prevKv: true },
	'one key, with what was before': { ...PLAIN, key: keyOf(1), rangeEnd: '', startRevision: 1, prevKv: true },
	'one key, puts': { ...PLAIN, key: keyOf(2), rangeEnd: '', startRevision: 1, noDelete: true, progressNotify: true },
	'prefix, deletes': { ...PLAIN, startRevision: 1, noPut: true },
};

export class Scene {
	readonly clients: KvClients;
	readonly #random: Random;
	readonly #endpoints: readonly Endpoint[];
	readonly #streams = new WatchStreams();
	readonly #full: Watcher[] = [];
	readonly #watchers: Watcher[] = [];

	constructor(endpoints: readonly Endpoint[], random: Random) {
		this.#endpoints = endpoints;
		this.#random = random;
		this.clients = new KvClients(random);
	}

	start(): void {
		for (const endpoint of this.#endpoints) {
			const full = new Watcher(`everything at ${endpoint.name}`, FULL);
			this.#full.push(full);
			this.#streams.keep([full], [endpoint], null);
			const staying = Object.entries(STAYING).map(([title, request]) => new Watcher(`${title}, at ${endpoint.name}`, request));
			this.#watchers.push(...staying);
			this.#streams.keep(staying, [endpoint], null);
			for (let i = 1; i <= CLIENTS_A_MEMBER; i++) {
				this.clients.start(`client ${i} of ${endpoint.name}`, [endpoint]);
			}
		}
		this.#roam();
		this.#streams.visit(this.#endpoints, VISIT_MS, (turn) => this.#visitor(turn));
		for (let i = 1; i <= CLIENTS_AROUND; i++) {
			this.clients.start(`client ${i}`, this.#endpoints);
		}
		// Never beyond what some watcher of everything has seen, so that together they miss nothing.
		this.clients.startCompactor(this.#endpoints, () => this.seenRevision);
	}

	/** The newest revision that a watcher of everything has been told of. */
	get seenRevision(): number {
		return Math.max(...this.#full.map(({ next }) => next - 1));
	}

	/** How often a watcher that stays was told of a compaction. */
	get compactions(): number {
		return [...this.#full, ...this.#watchers].reduce((sum, { compactions }) => sum + compactions, 0);
	}

	/** Until so many more revisions have been seen. */
	async progress(revisions: number): Promise<void> {
		const goal = this.seenRevision + revisions;
		await eventually(() => this.seenRevision >= goal, { what: `revision ${goal}`, withinMs: WITHIN_MS });
	}

	/** One last write, of which every watcher that stays is to be told, by an event or by progress. */
	async finish(): Promise<void> {
		await this.clients.stop();
		const [first] = this.#endpoints;
		const last = await eventually(
			async () => {
				const outcome = await this.clients.writeLast(first as Endpoint);
				return outcome.kind === 'ok' ? outcome.revision : null;
			},
			{ what: 'the last write', withinMs: WITHIN_MS },
		);
		for (const watcher of [...this.#full, ...this.#watchers]) {
			const what = `${watcher.name} to be told of revision ${last}; it is told up to ${watcher.next - 1}`;
			await eventually(() => watcher.next > last, { what, withinMs: WITHIN_MS });
		}
		await this.#streams.stop();
		this.clients.close();
	}

	get history(): History {
		return { operations: this.clients.operations, sessions: this.#streams.sessions };
	}

	/** Those of the watchers of everything. */
	get fullSessions(): readonly WatchSession[] {
		const names = new Set(this.#full.map(({ name }) => name));
		return this.#streams.sessions.filter(({ watcher }) => names.has(watcher));
	}

	async abandon(): Promise<void> {
		await Promise.all([this.clients.stop(), this.#streams.stop()]);
		this.clients.close();
	}

	/** They go from member to member, each time behind what the last one told them, which the next may not have yet. */
	#roam(): void {
		const roaming = [new Watcher('prefix, round', { ...PLAIN, startRevision: 1, prevKv: true }), new Watcher('prefix, round, from now', PLAIN)];
		this.#watchers.push(...roaming);
		this.#streams.keep(roaming, this.#endpoints, CUT_AFTER_MS);
	}

	#visitor(turn: number): Watcher {
		const from = this.seenRevision - VISIT_REVISIONS + this.#random.below(2 * VISIT_REVISIONS);
		return new Watcher(`visitor ${turn}`, { ...PLAIN, startRevision: Math.max(1, from), prevKv: turn % 2 === 0, fragment: true });
	}
}
