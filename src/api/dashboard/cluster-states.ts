/**
 * The state of the whole cluster as this member sees it, once a second, for the pages that are open; without one nobody is asked anything. Each
 * member tells of itself; one that does not answer stays as it last was, with its age. Used by events-route.ts.
 */
import { clusterId, list } from '../../members/table.ts';
import type { ClusterState, MemberRow, MemberState } from '../../ports/dashboard-state.ts';
import type { Lane } from '../../ports/lane.ts';
import { findAlerts } from './alerts.ts';
import { SlowCauses } from './slow-causes.ts';

export interface AskedMember {
	readonly id: string;
	readonly peerUrls: readonly string[];
}

export interface ClusterStatePorts {
	readonly lane: Lane;
	readonly own: { tell(): Promise<MemberState | null> };
	/** Another member's own words, as JSON; null: no answer. */
	readonly ask: (member: AskedMember) => Promise<string | null>;
	readonly memberId: string;
	readonly writes: boolean;
}

type Listener = (state: ClusterState) => void;

interface Told {
	readonly state: MemberState;
	/** performance.now() */
	readonly at: number;
}

const ROUND_MILLISECONDS = 1_000;
/** So long after this member's own words the others are waited for: who answers later is shown as it was, and stops are to be seen soon. */
const TELL_MILLISECONDS = 100;
const OWN_MILLISECONDS_MAX = 700;
const STALE_MILLISECONDS = 2_000;

export class ClusterStates {
	readonly #ports: ClusterStatePorts;
	readonly #listeners = new Set<Listener>();
	readonly #told = new Map<string, Told>();
	readonly #causes = new SlowCauses();
	/** Questions that are still open, at most one a member. */
	readonly #asked = new Set<string>();
	#timer: NodeJS.Timeout | null = null;
	#latest: ClusterState | null = null;

	constructor(ports: ClusterStatePorts) {
		this.#ports = ports;
	}

	/** Called at once if there is something, then once a second, until the function given back is called. */
	subscribe(listener: Listener): () => void {
		this.#listeners.add(listener);
		if (this.#latest !== null) {
			listener(this.#latest);
		}
		if (this.#listeners.size === 1 && this.#timer === null) {
			void this.#round();
		}
		return () => this.#listeners.delete(listener);
	}

	close(): void {
		this.#listeners.clear();
		clearTimeout(this.#timer ?? undefined);
	}

	async #round(): Promise<void> {
		this.#timer = setTimeout(() => this.#next(), ROUND_MILLISECONDS);
		const { lane, memberId } = this.#ports;
		const members = lane.reader.read(list);
		const answers = members.map((member) => this.#askOnce(member, member.id === memberId));
		const own = answers.filter((_, i) => members[i]?.id === memberId);
		await Promise.race([Promise.all(own), sleep(OWN_MILLISECONDS_MAX)]);
		await Promise.race([Promise.all(answers), sleep(TELL_MILLISECONDS)]);
		if (this.#listeners.size > 0) {
			const state = this.#compose();
			this.#latest = state;
			for (const listener of this.#listeners) {
				listener(state);
			}
		}
	}

	#next(): void {
		this.#timer = null;
		if (this.#listeners.size > 0) {
			void this.#round();
		} else {
			this.#latest = null;
			this.#told.clear();
			this.#causes.forget();
		}
	}

	async #askOnce(member: AskedMember, isSelf: boolean): Promise<void> {
		if (this.#asked.has(member.id)) {
			return;
		}
		this.#asked.add(member.id);
		const state = isSelf ? await this.#ports.own.tell() : parse(await this.#ports.ask(member), member.id);
		this.#asked.delete(member.id);
		if (state !== null) {
			const at = performance.now();
			this.#told.set(member.id, { state, at });
			this.#causes.note(state, at);
		}
	}

	#compose(): ClusterState {
		const { lane, memberId, writes } = this.#ports;
		const now = performance.now();
		const { records, id } = lane.reader.read((view) => ({ records: list(view), id: clusterId(view) ?? '' }));
		const members = records.map((record): MemberRow => {
			const told = this.#told.get(record.id);
			const ageMs = told === undefined ? 0 : now - told.at;
			const { name, peerUrls, clientUrls, learner } = record;
			const isStale = told === undefined || ageMs > STALE_MILLISECONDS;
			return { id: record.id, name, peerUrls, clientUrls, learner, isSelf: record.id === memberId, state: told?.state ?? null, ageMs, isStale };
		});
		members.sort((a, b) => (a.name + a.id < b.name + b.id ? -1 : 1));
		const at = Date.now();
		return { clusterId: id, at, writes, members, alerts: findAlerts(members, at), causes: this.#causes.find(members) };
	}
}

function sleep(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** From a member, but by way of the network. */
function parse(json: string | null, id: string): MemberState | null {
	try {
		const value = JSON.parse(json ?? '') as MemberState | null;
		const lists = [value?.links, value?.progress, value?.elections, value?.alarms, value?.metrics];
		return value?.id === id && lists.every((each) => Array.isArray(each)) ? value : null;
	} catch {
		return null;
	}
}
