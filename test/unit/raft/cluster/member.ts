/** One simulated member: a core, its disk, and the queues between them, which the world empties at its own pace and in its own order. */
import { assert, must } from '../../../../src/base/assert.ts';
import { NOBODY, type RequestId, type Slot, type Term } from '../../../../src/base/brand.ts';
import type { Random } from '../../../../src/base/random.ts';
import type { RaftConfig } from '../../../../src/raft/config.ts';
import { RaftCore } from '../../../../src/raft/core.ts';
import type { FetchPurpose, RaftInput } from '../../../../src/raft/input.ts';
import type { Envelope } from '../../../../src/raft/message.ts';
import type { PersistBatch, RaftOutput } from '../../../../src/raft/output.ts';
import { ENTRY_KIND, type Entry, type Membership } from '../../../../src/raft/state.ts';
import { type Change, changed, encodeChange } from './changes.ts';
import { Disk, type StoreState } from './disk.ts';
import type { Oracle } from './oracle.ts';

type LogWork = { readonly batch: PersistBatch } | { readonly fetch: FetchPurpose } | { readonly compact: number };
type StoreWork = { readonly apply: readonly Entry[] } | { readonly restore: NonNullable<RaftOutput['restore']> };

export interface Surroundings {
	readonly oracle: Oracle;
	readonly founders: readonly Slot[];
	/** Into the network. */
	post(envelope: Envelope): void;
	/** A leader wants this follower to get a snapshot of its store. */
	spool(from: Slot, to: Slot): void;
	snapshotAt(path: string): StoreState;
	disk(slot: Slot): Disk;
}

export class Member {
	readonly slot: Slot;
	readonly disk = new Disk();
	readonly #config: Omit<RaftConfig, 'boot'>;
	readonly #random: Random;
	readonly #world: Surroundings;
	#core: RaftCore | null = null;
	#logWork: LogWork[] = [];
	#storeWork: StoreWork[] = [];
	/** Terms of the log as the core has it: the disk with all batches under way. */
	#terms = new Map<number, number>();
	/** Which of them are changes of membership. */
	#changes = new Set<number>();
	#commit = 0;

	constructor(slot: Slot, config: Omit<RaftConfig, 'boot' | 'self'>, random: Random, world: Surroundings) {
		this.slot = slot;
		this.#config = { ...config, self: slot };
		this.#random = random;
		this.#world = world;
	}

	get isUp(): boolean {
		return this.#core !== null;
	}

	get core(): RaftCore {
		return must(this.#core, `a core of member ${this.slot}`);
	}

	get isIdle(): boolean {
		return this.#logWork.length === 0 && this.#storeWork.length === 0;
	}

	start(): void {
		this.#terms = new Map([this.disk.before, ...this.disk.entries].map(({ index, term }) => [index, term]));
		this.#changes = new Set(this.disk.entries.filter(({ kind }) => kind === ENTRY_KIND.membership).map(({ index }) => index));
		const { founders } = this.#world;
		const bootstrap = founders.includes(this.slot) ? encodeChange({ op: 'found', voters: founders }, 0) : null;
		const boot = this.#random.below(2 ** 31) * 2 ** 16 + this.#random.below(2 ** 16);
		this.#core = new RaftCore({ ...this.#config, boot }, this.disk.boot(bootstrap), this.#random);
		this.#commit = this.core.status().commit;
		this.turn();
	}

	crash(): void {
		const flushed = this.#random.below(this.#logWork.length + 1);
		for (let i = 0; i < flushed; i++) {
			this.#writeOnly(must(this.#logWork[i] ?? null, 'work'));
		}
		this.#core = null;
		this.#logWork = [];
		this.#storeWork = [];
	}

	step(input: RaftInput): void {
		this.core.step(input);
		const status = this.core.status();
		if (status.role === 'leader' && status.commit > this.#commit) {
			const term = must(this.#terms.get(status.commit) ?? null, 'the term of a committed entry');
			const changes = [...this.#changes].filter((index) => index <= status.commit);
			this.#world.oracle.commits({ index: status.commit, term, changes }, this.disk.store.membership, (slot) => this.#world.disk(slot));
		}
		this.#commit = status.commit;
	}

	/** One turn's output to where it belongs. */
	turn(): void {
		const output = this.core.takeOutput();
		this.#judge(output);
		for (const envelope of output.send) {
			this.#leave(envelope);
		}
		if (output.persist !== null) {
			this.#logWork.push({ batch: output.persist });
		}
		for (const fetch of output.fetch) {
			this.#logWork.push({ fetch });
		}
		if (output.apply.length > 0) {
			this.#storeWork.push({ apply: output.apply });
		}
		if (output.restore !== null) {
			this.#storeWork.push({ restore: output.restore });
		}
		for (const { requestId, index } of output.granted) {
			this.#world.oracle.grants(requestId, index);
		}
		for (const { requestId } of output.refused) {
			this.#world.oracle.refuses(requestId);
		}
		for (const to of output.snapshotTo) {
			this.#world.spool(this.slot, to);
		}
		if (output.compact !== null) {
			this.#logWork.push({ compact: output.compact });
		}
	}

	/** The log does the next piece of its work. False if there is none. */
	doLogWork(): boolean {
		const work = this.#logWork.shift();
		if (work === undefined) {
			return false;
		}
		this.#writeOnly(work);
		if ('batch' in work) {
			const { batch, entries, after } = work.batch;
			const last = entries[entries.length - 1];
			for (const envelope of after) {
				this.#leave(envelope);
			}
			this.step({ kind: 'persisted', batch, lastIndex: last?.index ?? (0 as never), lastTerm: last?.term ?? (0 as Term) });
		} else if ('fetch' in work) {
			this.step({ kind: 'fetched', purpose: work.fetch, entries: this.disk.read(work.fetch.lo, work.fetch.hi, 1 + this.#random.below(4)) });
		}
		return true;
	}

	doStoreWork(): boolean {
		const work = this.#storeWork.shift();
		if (work === undefined) {
			return false;
		}
		if ('apply' in work) {
			this.#apply(work.apply);
			return true;
		}
		const { index, term, path } = work.restore;
		// The log's mark is durable before the store may switch (design section 4).
		assert(this.disk.mark?.index === index && this.disk.mark.term === term, () => `restore of ${index} before its mark is durable`);
		if (this.#random.below(5) === 0) {
			this.step({ kind: 'restore_failed', index, term });
			return true;
		}
		this.disk.store = this.#world.snapshotAt(path);
		this.disk.durable = this.disk.store;
		this.step({ kind: 'restored', index, term, membership: this.disk.store.membership });
		return true;
	}

	checkpoint(): void {
		this.disk.durable = this.disk.store;
		this.step({ kind: 'checkpointed', ...this.disk.durable.applied });
	}

	propose(requestId: RequestId): void {
		this.step({ kind: 'propose', onlyTerm: null, requestId, entryKind: ENTRY_KIND.command, data: Buffer.from(String(requestId)) });
	}

	/** Null: to leave the joint configuration. */
	change(requestId: RequestId, change: Change | null): void {
		const data = change === null ? new Uint8Array(0) : encodeChange(change, requestId);
		this.step({ kind: 'propose', onlyTerm: null, requestId, entryKind: ENTRY_KIND.membership, data });
	}

	#apply(entries: readonly Entry[]): void {
		const { disk } = this;
		let membership: Membership | null = null;
		for (const entry of entries) {
			assert(entry.index === disk.store.applied.index + 1, () => `${this.slot}: entry ${entry.index} after ${disk.store.applied.index}`);
			assert(disk.termAt(entry.index) === entry.term, () => `${this.slot}: entry ${entry.index} is applied and not on the disk`);
			this.#world.oracle.applies(entry);
			const next = entry.kind === ENTRY_KIND.membership ? changed(disk.store, entry) : null;
			if (next !== null) {
				this.#world.oracle.changed(next.membership);
				membership = next.membership;
			}
			disk.store = { ...disk.store, ...next, applied: { index: entry.index, term: entry.term } };
		}
		this.step({ kind: 'applied', upTo: disk.store.applied.index, membership });
	}

	#writeOnly(work: LogWork): void {
		if ('batch' in work) {
			this.disk.write(work.batch);
		} else if ('compact' in work) {
			this.disk.compact(work.compact as never);
		}
	}

	#leave(envelope: Envelope): void {
		assert(envelope.to !== this.slot && envelope.to !== NOBODY, 'a message to oneself or nobody');
		this.#world.oracle.leaves(envelope, this.disk);
		this.#world.post(envelope);
	}

	#judge(output: RaftOutput): void {
		const { oracle } = this.#world;
		const { persist } = output;
		if (persist !== null) {
			if (persist.resetTo !== null) {
				this.#terms = new Map([[persist.resetTo.index, persist.resetTo.term]]);
				this.#changes.clear();
			}
			for (const index of [...this.#terms.keys()]) {
				if (persist.truncateFrom !== null && index >= persist.truncateFrom) {
					this.#terms.delete(index);
					this.#changes.delete(index);
				}
			}
			for (const entry of persist.entries) {
				oracle.writes(entry, this.#terms.get(entry.index - 1) ?? -1);
				this.#terms.set(entry.index, entry.term);
				if (entry.kind === ENTRY_KIND.membership) {
					this.#changes.add(entry.index);
				}
			}
			oracle.logs(this.slot, [...this.#changes], persist.hardState.commit);
		}
		const status = this.core.status();
		if (output.role !== null && output.role.role !== 'follower') {
			oracle.campaigns(this.slot, this.disk.store);
		}
		if (output.role?.role === 'leader') {
			oracle.wins(this.slot, this.disk.store);
			oracle.leads(status.term, this.slot, (index) => (index <= this.disk.before.index ? null : (this.#terms.get(index) ?? null)));
			assert(status.last >= oracle.committed, () => `leader completeness: ${this.slot} leads with ${status.last}, ${oracle.committed} is committed`);
		}
	}
}
