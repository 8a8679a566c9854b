/**
 * Raft goes by the election timeout that its own store holds, whichever way it came there: by an entry, with a snapshot, or at a start. Else members
 * that have applied the same would wait for different times. Asked at the next commit, when all words of the one before have left.
 */
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { tunedElection } from '../../../src/members/tuning-record.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

interface Held {
	readonly milliseconds: number | null;
	readonly at: number;
}

export class TuningIsTold extends Blind {
	readonly #now: () => number;
	/** Of each process: what raft was told, and what its store held at its last commit. */
	readonly #told = new Map<number, number>();
	readonly #held = new Map<number, Held>();
	checked = 0;

	constructor(now: () => number) {
		super();
		this.#now = now;
	}

	override committed({ slot, epoch }: Place, engine: MemoryEngine): void {
		const held = this.#held.get(epoch);
		const at = this.#now();
		if (held !== undefined && held.at < at) {
			const told = this.#told.get(epoch) ?? null;
			this.checked += told === null ? 0 : 1;
			demand(told === held.milliseconds, 'tuning is told', () => `member ${slot}: raft was told ${told} ms, its store held ${held.milliseconds} ms`);
		}
		this.#held.set(epoch, { milliseconds: engine.read(tunedElection), at });
	}

	override told({ epoch }: Place, from: Address, to: string, message: AnyMessage): void {
		if (from.role === 'store' && to === 'raft/0' && message.kind === 'tuned') {
			this.#told.set(epoch, message.electionMilliseconds);
		}
	}
}
