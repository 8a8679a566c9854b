/**
 * The liveness phase: a quorum is chosen and healed, everybody else stays broken for ever in a way of its own, and the quorum must elect,
 * converge and take new writes within a bounded time (reliability.md 3.2: a cluster that is healed as a whole hides what asymmetry breaks).
 * Changes of membership that are under way may still end: the core can decide whatever comes of them.
 */
import type { Slot } from '../../src/base/brand.ts';
import { appliedPoint } from '../../src/mvcc/store-state.ts';
import { Client } from './client.ts';
import type { Dice } from './dice.ts';
import type { Operation } from './history.ts';
import type { Member } from './member.ts';
import { MILLISECOND, SECOND } from './timeline.ts';
import type { World } from './world.ts';

const STEP = 100 * MILLISECOND;
const WRITES = 5;
const DRAWS_MAX = 20;
const WAYS = ['dead', 'cut off', 'deaf', 'dumb'] as const;

export class Calm {
	readonly #world: World;
	readonly #dice: Dice;
	readonly #rest: readonly Member[];
	readonly #bound: number;

	constructor(world: World, dice: Dice) {
		this.#world = world;
		this.#bound = world.plan.calmMicroseconds;
		this.#dice = dice;
		const core = this.#drawCore();
		this.#rest = world.members.filter((member) => !core.includes(member));
	}

	/** Those who are healed, and whoever joins them. */
	get core(): readonly Member[] {
		return this.#world.members.filter((member) => !this.#rest.includes(member) && !member.isGone);
	}

	run(): string | null {
		const world = this.#world;
		world.note(0 as Slot, () => `calm: ${this.core.map(({ slot }) => slot).join(' ')} are healed`);
		this.#heal();
		this.#breakTheRest();
		const done: Operation[] = [];
		const client = new Client(-1, world, this.#dice.fork());
		this.#writeUntil(client, done);
		const deadline = world.timeline.now + this.#bound;
		while (world.timeline.now < deadline && world.trouble === null) {
			world.runFor(STEP);
			if (done.length >= WRITES && this.#isConverged()) {
				return this.#readEverywhere(client) ?? this.#endSessions();
			}
		}
		if (world.trouble !== null) {
			return null;
		}
		const words = this.#staying().map((member) => this.#describe(member));
		return `no progress within ${this.#bound / SECOND} s: ${done.length} writes; ${words.join('; ')}; ${JSON.stringify(world.facts.latest)}`;
	}

	/** Half the time everybody who is alive; else few that can decide whatever comes of the changes that are under way. */
	#drawCore(): readonly Member[] {
		const { members, prospects } = this.#world;
		const alive = members.filter((member) => member.isReliable);
		for (let draw = 0; draw < DRAWS_MAX && !this.#dice.oneIn(2); draw++) {
			const some = this.#dice.shuffled(alive).slice(0, this.#dice.between(1, alive.length));
			if (prospects.canDecide(new Set(some.map(({ slot }) => slot)))) {
				return some;
			}
		}
		return alive;
	}

	#heal(): void {
		const world = this.#world;
		const slots = this.core.map(({ slot }) => slot);
		world.network.isHealed = true;
		for (const from of slots) {
			for (const to of slots) {
				if (from !== to) {
					world.network.mend(from, to);
				}
			}
		}
		for (const member of this.core) {
			member.log.isHealed = true;
			member.log.ambush = null;
			member.store.ambush = null;
			member.store.installAmbush = null;
			member.wake();
			member.start();
		}
	}

	/** Whoever is not of the core may be heard, or hear, but not both. */
	#breakTheRest(): void {
		const world = this.#world;
		// A leader who is heard and hears nothing reigns for ever where it need not have a quorum's answers: the product always asks for them.
		const ways = world.plan.checkQuorum ? WAYS : WAYS.filter((way) => way !== 'deaf');
		for (const member of this.#rest) {
			const way = this.#dice.pick(ways);
			for (const other of world.members) {
				if (other === member) {
					continue;
				}
				if (way === 'dumb') {
					world.network.mend(other.slot, member.slot);
				} else {
					world.network.cut(other.slot, member.slot);
				}
				if (way === 'deaf') {
					world.network.mend(member.slot, other.slot);
				} else {
					world.network.cut(member.slot, other.slot);
				}
			}
			if (way === 'dead') {
				member.isGone = true;
				member.crash('for good');
			} else {
				member.start();
			}
		}
	}

	#writeUntil(client: Client, done: Operation[]): void {
		client.ask(this.#world.requests.put(), this.#dice.pick(this.#answering()).slot, (operation) => {
			if (operation.outcome === 'ok') {
				done.push(operation);
			}
			if (done.length < WRITES) {
				this.#world.timeline.after(10 * MILLISECOND, () => this.#writeUntil(client, done));
			}
		});
	}

	/** Voters, as far as there are any yet: others refuse. */
	#answering(): readonly Member[] {
		const voters = this.#world.facts.latest?.voters ?? [];
		const answering = this.core.filter(({ slot }) => voters.includes(slot));
		return answering.length === 0 ? this.core : answering;
	}

	/** Those of the core who still take part: a change that was under way may have ended with one's removal. */
	#staying(): readonly Member[] {
		const { members } = this.#world.facts.table;
		return this.core.filter((member) => members.some(({ slot }) => slot === member.slot));
	}

	#isVoter({ slot }: Member): boolean {
		return this.#world.facts.table.members.some((record) => record.slot === slot && !record.learner);
	}

	/** All of the core have applied the same, more or less: clients go on meanwhile, so that the last entries may be under way. */
	#isConverged(): boolean {
		const points = this.#staying().map((member) => this.#appliedOf(member));
		return points.length > 0 && Math.min(...points) > 0 && Math.max(...points) - Math.min(...points) <= 50;
	}

	/** Each voter of the core answers a linearizable read of everything. */
	#readEverywhere(client: Client): string | null {
		const world = this.#world;
		const waiting = new Set(this.#staying());
		const isWaitedFor = (member: Member): boolean => this.#isVoter(member);
		for (const member of waiting) {
			const ask = (): void =>
				client.ask(world.requests.readAll(), member.slot, (operation) => {
					if (operation.outcome === 'ok') {
						waiting.delete(member);
					} else {
						world.timeline.after(10 * MILLISECOND, ask);
					}
				});
			ask();
		}
		const deadline = world.timeline.now + this.#bound;
		while ([...waiting].some(isWaitedFor) && world.timeline.now < deadline && world.trouble === null) {
			world.runFor(STEP);
		}
		const deaf = [...waiting].filter(isWaitedFor);
		return deaf.length === 0 || world.trouble !== null ? null : `no read answered by ${deaf.map(({ slot }) => slot).join(' ')}`;
	}

	/** Nobody asks for anything any more. */
	#endSessions(): string | null {
		const world = this.#world;
		if (world.sessions.areNone || world.trouble !== null) {
			return null;
		}
		world.isQuiet = true;
		return world.sessions.end(
			() => this.#staying().filter((member) => this.#isVoter(member)),
			(microseconds) => {
				world.runFor(microseconds);
				return world.trouble === null;
			},
		);
	}

	#appliedOf(member: Member): number {
		return member.process?.environment.engine.read(appliedPoint).index ?? 0;
	}

	#describe(member: Member): string {
		return `member ${member.slot} ${member.isUp ? 'is up' : 'is down'}, applied ${this.#appliedOf(member)}`;
	}
}
