/** An ApiActor between a recording outbox and engines in memory. The test is raft, the store and the clock. */
import { ApiActor } from '../../../src/actors/api-actor.ts';
import type { ApiOptions } from '../../../src/actors/api-options.ts';
import type { Index, RequestId, Slot, Term } from '../../../src/base/brand.ts';
import type { EngineReader } from '../../../src/base/engine.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import type { MemberRecord } from '../../../src/members/record.ts';
import { readStoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';
import type { LeaseAnswer, LeaseQuestion } from '../../../src/ports/leader-leases.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { Propose } from '../../../src/protocol/messages.ts';
import type { Routes } from '../../../src/protocol/routes.ts';

type Posted = Routes['api']['raft'];

export const SELF = 2 as Slot;
export const NOBODY = 0 as Slot;
export const REQUEST_TICKS = 5;

/** A store that has applied up to here. */
export function storeAt(applied: number): MemoryEngine {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	setApplied(engine, applied);
	return engine;
}

/** The store goes on, without a word to the lane. */
export function setApplied(engine: MemoryEngine | undefined, applied: number): void {
	engine?.write((view) => {
		const state = readStoreState(view);
		state.appliedIndex = applied;
		writeStoreState(view, state);
	});
}

export class ApiHarness {
	readonly actor: ApiActor;
	readonly posted: Posted[] = [];
	readonly opened: number[] = [];
	readonly closed: number[] = [];
	/** To other members' lessors. */
	readonly questions: { readonly leader: MemberRecord; readonly question: LeaseQuestion; readonly done: (answer: LeaseAnswer | null) => void }[] = [];
	serving = 0;
	/** What turn.run was asked for. */
	wakes = 0;
	readonly engines = new Map<number, MemoryEngine>([[1, storeAt(0)]]);

	constructor(options: Partial<ApiOptions> = {}) {
		const all: ApiOptions = {
			lane: 0,
			boot: 77,
			selfSlot: SELF,
			generation: 1,
			requestTicks: REQUEST_TICKS,
			readRepeatTicks: 2,
			drainTicks: 3,
			leaderlessTicks: 4,
			watchLane: 0,
			requestsMax: 100,
			bytesMax: 1_000,
			publication: null,
			...options,
		};
		this.actor = new ApiActor(all, {
			outbox: { post: (_to, message) => this.posted.push(message as Posted) },
			turn: {
				run: () => {
					this.wakes += 1;
				},
			},
			readers: { openGeneration: (generation) => this.#open(generation) },
			logger: SILENT,
			askLeader: (leader, question, done) => this.questions.push({ leader, question, done }),
			announceServing: () => {
				this.serving += 1;
			},
		});
		this.actor.start();
	}

	/** Takes what has been posted since. */
	take<K extends Posted['kind']>(kind: K): Extract<Posted, { kind: K }>[] {
		const taken = this.posted.filter((message) => message.kind === kind) as Extract<Posted, { kind: K }>[];
		this.posted.splice(0, this.posted.length, ...this.posted.filter((message) => message.kind !== kind));
		return taken;
	}

	/** The one proposal since. */
	takeProposal(): Propose {
		const taken = this.take('propose');
		if (taken.length !== 1 || taken[0] === undefined) {
			throw new Error(`${taken.length} proposals were posted`);
		}
		return taken[0];
	}

	/** The id of the one read index asked for since. */
	takeRead(): RequestId {
		const taken = this.take('read_index');
		if (taken.length !== 1 || taken[0] === undefined) {
			throw new Error(`${taken.length} read indexes were asked for`);
		}
		return taken[0].requestId;
	}

	leader(leader: Slot): void {
		this.actor.receive({ kind: 'role_changed', role: leader === SELF ? 'leader' : 'follower', term: 1 as Term, leader });
		this.actor.flush();
	}

	settled(upTo: number, answers: readonly (readonly [RequestId, number, string])[] = [], generation = 1): void {
		this.actor.receive({
			kind: 'settled',
			upTo: upTo as Index,
			generation,
			requestIds: answers.map(([id]) => id),
			codes: answers.map(([, code]) => code),
			responses: answers.map(([, , response]) => bytes(response)),
		});
		this.actor.flush();
	}

	answered(upTo: number, answers: readonly (readonly [RequestId, string])[]): void {
		this.actor.receive({
			kind: 'answered',
			upTo: upTo as Index,
			requestIds: answers.map(([id]) => id),
			codes: answers.map(() => 0),
			responses: answers.map(([, response]) => bytes(response)),
		});
	}

	refused(requestId: RequestId, code: number): void {
		this.actor.receive({ kind: 'refused', requestId, code });
		this.actor.flush();
	}

	granted(requestId: RequestId, index: number): void {
		this.actor.receive({ kind: 'read_granted', requestId, index: index as Index });
		this.actor.flush();
	}

	ticks(count: number): void {
		for (let i = 0; i < count; i++) {
			this.actor.tick();
			this.actor.flush();
		}
	}

	#open(generation: number): EngineReader {
		const engine = this.engines.get(generation);
		if (engine === undefined) {
			throw new Error(`there is no generation ${generation}`);
		}
		this.opened.push(generation);
		return { read: (work) => engine.read(work), pin: () => engine.pin(), close: () => this.closed.push(generation) };
	}
}

export function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

export function text(response: Uint8Array): string {
	return new TextDecoder().decode(response);
}
