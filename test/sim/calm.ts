/**
 * The liveness phase: a quorum is chosen and healed, everybody else stays broken for ever in a way of its own, and the quorum must elect,
 * converge and take new writes within a bounded time (reliability.md 3.2: a cluster that is healed as a whole hides what asymmetry breaks).
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
/** Elections, snapshots and a slow disk all fit in. */
const BOUND = 60 * SECOND;
const WRITES = 5;
const WAYS = ['dead', 'cut off', 'deaf', 'dumb'] as const;

export class Calm {
	readonly #world: World;
	readonly #dice: Dice;
	readonly #core: readonly Member[];
	readonly #rest: readonly Member[];

	constructor(world: World, dice: Dice) {
		this.#world = world;
		this.#dice = dice;
		const { members } = world;
		const least = Math.floor(members.length / 2) + 1;
		const size = dice.oneIn(2) ? members.length : dice.between(least, members.length);
		this.#core = dice.shuffled(members).slice(0, size);
		this.#rest = members.filter((member) => !this.#core.includes(member));
	}

	run(): string | null {
		const world = this.#world;
		world.note(0 as Slot, () => `calm: ${this.#core.map(({ slot }) => slot).join(' ')} are healed`);
		this.#heal();
		this.#breakTheRest();
		const done: Operation[] = [];
		const client = new Client(-1, world, this.#dice.fork());
		this.#writeUntil(client, done);
		const deadline = world.timeline.now + BOUND;
		while (world.timeline.now < deadline && world.trouble === null) {
			world.runFor(STEP);
			if (done.length >= WRITES && this.#isConverged()) {
				return this.#readEverywhere(client);
			}
		}
		if (world.trouble !== null) {
			return null;
		}
		return `no progress within ${BOUND / SECOND} s: ${done.length} writes; ${this.#core.map((member) => this.#describe(member)).join('; ')}`;
	}

	#heal(): void {
		const world = this.#world;
		const slots = this.#core.map(({ slot }) => slot);
		world.network.isHealed = true;
		world.reachable = slots;
		for (const from of slots) {
			for (const to of slots) {
				if (from !== to) {
					world.network.mend(from, to);
				}
			}
		}
		for (const member of this.#core) {
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
		client.ask(this.#world.requests.put(), this.#dice.pick(this.#core).slot, (operation) => {
			if (operation.outcome === 'ok') {
				done.push(operation);
			}
			if (done.length < WRITES) {
				this.#world.timeline.after(10 * MILLISECOND, () => this.#writeUntil(client, done));
			}
		});
	}

	/** All of the core have applied the same, more or less: clients go on meanwhile, so that the last entries may be under way. */
	#isConverged(): boolean {
		const points = this.#core.map((member) => this.#appliedOf(member));
		return Math.min(...points) > 0 && Math.max(...points) - Math.min(...points) <= 50;
	}

	/** Each member of the core answers a linearizable read of everything. */
	#readEverywhere(client: Client): string | null {
		const world = this.#world;
		const waiting = new Set(this.#core);
		for (const member of this.#core) {
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
		const deadline = world.timeline.now + BOUND;
		while (waiting.size > 0 && world.timeline.now < deadline && world.trouble === null) {
			world.runFor(STEP);
		}
		return waiting.size === 0 || world.trouble !== null ? null : `no read answered by ${[...waiting].map(({ slot }) => slot).join(' ')}`;
	}

	#appliedOf(member: Member): number {
		return member.process?.environment.engine.read(appliedPoint).index ?? 0;
	}

	#describe(member: Member): string {
		return `member ${member.slot} ${member.isUp ? 'is up' : 'is down'}, applied ${this.#appliedOf(member)}`;
	}
}
