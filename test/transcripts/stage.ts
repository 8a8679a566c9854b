/** The members of a transcript and all that lies between them. Nothing moves unless a verb moves it; chance always draws 0. */
import { must } from '../../src/base/assert.ts';
import { type Index, NOBODY, type RequestId, type Slot, type Term } from '../../src/base/brand.ts';
import type { RaftConfig } from '../../src/raft/config.ts';
import { RaftCore } from '../../src/raft/core.ts';
import type { FetchPurpose, RaftInput } from '../../src/raft/input.ts';
import type { Envelope } from '../../src/raft/message.ts';
import type { PersistBatch, RaftOutput } from '../../src/raft/output.ts';
import { ENTRY_KIND, type Entry, type Membership } from '../../src/raft/state.ts';
import { changed, encodeChange, NO_MEMBERSHIP } from '../unit/raft/cluster/changes.ts';
import { Disk, type StoreState } from '../unit/raft/cluster/disk.ts';
import * as print from './print.ts';

export interface Actor {
	readonly slot: Slot;
	readonly disk: Disk;
	core: RaftCore;
	batches: PersistBatch[];
	fetches: FetchPurpose[];
	applies: (readonly Entry[])[];
	restores: NonNullable<RaftOutput['restore']>[];
	/** Something was stepped since the last turn. */
	isDirty: boolean;
}

export const CONFIG: Omit<RaftConfig, 'self' | 'boot'> = {
	electionTicks: 3,
	initialTickAdvance: false,
	heartbeatTicks: 1,
	preVote: true,
	checkQuorum: true,
	snapshotCount: 1,
	catchUpEntries: 0,
	appendBytesMax: 1_000,
	inflightAppendsMax: 512,
	inflightBytesMax: 100_000,
	uncommittedBytesMax: 100_000,
	applyBytesMax: 1_000,
	applyInflightBytesMax: 10_000,
	tailBytesMax: 100_000,
};

export class Stage {
	readonly actors = new Map<Slot, Actor>();
	wire: Envelope[] = [];
	readonly cut = new Set<Slot>();
	snapshots: { readonly from: Slot; readonly to: Slot; readonly path: string; readonly state: StoreState }[] = [];
	readonly files = new Map<string, StoreState>();
	config = CONFIG;
	founders: Membership = membershipOf([]);
	#requests = 0;
	#boots = 0;

	actor(slot: number): Actor {
		return must(this.actors.get(slot as Slot), `member ${slot}`);
	}

	nextRequest(): RequestId {
		this.#requests++;
		return this.#requests as RequestId;
	}

	add(slot: Slot, disk: Disk): void {
		this.actors.set(slot, { slot, disk, core: this.#boot(slot, disk), batches: [], fetches: [], applies: [], restores: [], isDirty: true });
	}

	restart(actor: Actor): void {
		Object.assign(actor, { core: this.#boot(actor.slot, actor.disk), batches: [], fetches: [], applies: [], restores: [], isDirty: true });
	}

	step(actor: Actor, input: RaftInput): void {
		actor.core.step(input);
		actor.isDirty = true;
	}

	/** Takes what the member has to say and puts it where it waits. */
	turn(actor: Actor): readonly string[] {
		const output = actor.core.takeOutput();
		actor.isDirty = false;
		this.wire.push(...output.send);
		if (output.persist !== null) {
			actor.batches.push(output.persist);
		}
		actor.fetches.push(...output.fetch);
		if (output.apply.length > 0) {
			actor.applies.push(output.apply);
		}
		if (output.restore !== null) {
			actor.restores.push(output.restore);
		}
		for (const to of output.snapshotTo) {
			const path = `snapshot-of-${actor.slot}-at-${actor.disk.store.applied.index}`;
			this.files.set(path, actor.disk.store);
			this.snapshots.push({ from: actor.slot, to, path, state: actor.disk.store });
		}
		if (output.compact !== null) {
			actor.disk.compact(output.compact);
		}
		return print.output(actor.slot, output);
	}

	/** The log flushes its next batch and lets go of the replies in it. */
	flush(actor: Actor): readonly string[] {
		const { batch, entries, after, ...rest } = must(actor.batches.shift(), `a batch of ${actor.slot} to flush`);
		actor.disk.write({ batch, entries, after, ...rest });
		this.wire.push(...after);
		const last = entries[entries.length - 1];
		this.step(actor, { kind: 'persisted', batch, lastIndex: last?.index ?? (0 as Index), lastTerm: last?.term ?? (0 as Term) });
		return [`${actor.slot} has flushed batch ${batch}`, ...after.map((held) => `${actor.slot} lets go ${print.envelope(held)}`)];
	}

	fetch(actor: Actor): readonly string[] {
		const purpose = must(actor.fetches.shift(), `a fetch of ${actor.slot}`);
		const entries = actor.disk.read(purpose.lo, purpose.hi, 100);
		this.step(actor, { kind: 'fetched', purpose, entries });
		return [`${actor.slot} has fetched ${entries.length === 0 ? 'nothing: compacted' : entries.map(print.entry).join(' ')}`];
	}

	/** The store does the next thing that it was given. */
	apply(actor: Actor): readonly string[] {
		const restore = actor.restores.shift();
		const { disk } = actor;
		if (restore !== undefined) {
			disk.store = must(this.files.get(restore.path), restore.path);
			disk.durable = disk.store;
			this.step(actor, { kind: 'restored', index: restore.index, term: restore.term, membership: disk.store.membership });
			return [`${actor.slot} has restored ${print.point(restore)}`];
		}
		const entries = must(actor.applies.shift(), `entries for the store of ${actor.slot}`);
		const last = must(entries[entries.length - 1], 'an entry');
		const former = disk.store.membership;
		for (const entry of entries) {
			const next = entry.kind === ENTRY_KIND.membership ? changed(disk.store, entry) : null;
			disk.store = { ...disk.store, ...next, applied: { index: entry.index, term: entry.term } };
		}
		const { membership } = disk.store;
		const isNews = membership !== former;
		this.step(actor, { kind: 'applied', upTo: last.index, membership: isNews ? membership : null });
		return [`${actor.slot} has applied up to ${last.index}${isNews ? `: ${print.membership(membership)}` : ''}`];
	}

	/** The snapshot that the store was given is of no use to it. */
	failRestore(actor: Actor): readonly string[] {
		const { index, term } = must(actor.restores.shift(), `a snapshot for the store of ${actor.slot}`);
		this.step(actor, { kind: 'restore_failed', index, term });
		return [`${actor.slot} cannot restore ${print.point({ index, term })}`];
	}

	/** One message arrives, if its way is not cut. */
	deliver(envelope: Envelope): readonly string[] {
		if (this.cut.has(envelope.from) || this.cut.has(envelope.to)) {
			return [`lost: ${print.envelope(envelope)}`];
		}
		this.step(this.actor(envelope.to), { kind: 'received', envelope });
		return [`${envelope.to} receives ${print.envelope(envelope)}`];
	}

	#boot(slot: Slot, disk: Disk): RaftCore {
		this.#boots++;
		return new RaftCore(
			{ ...this.config, self: slot, boot: this.#boots },
			disk.boot(this.founders.voters.includes(slot) ? founding(this.founders) : null),
			{ below: () => 0 },
		);
	}
}

export function membershipOf(voters: readonly number[], learners: readonly number[] = []): Membership {
	return { ...NO_MEMBERSHIP, index: 1 as Index, voters: voters as readonly Slot[], learners: learners as readonly Slot[] };
}

function founding({ voters }: Membership): Uint8Array {
	return encodeChange({ op: 'found', voters }, 0);
}

/** A disk that holds entries of these terms from index 1 on, applied up to the commit index. */
export function diskWith(terms: readonly number[], commit: number, membership: Membership): Disk {
	const disk = new Disk();
	disk.entries = terms.map((term, i) => ({
		index: (i + 1) as Index,
		term: term as Term,
		kind: i === 0 ? ENTRY_KIND.membership : ENTRY_KIND.command,
		data: i === 0 ? founding(membership) : Buffer.from(`e${i + 1}`),
	}));
	disk.hardState = { term: Math.max(0, ...terms) as Term, vote: NOBODY, commit: commit as Index };
	disk.durable = { ...disk.durable, applied: { index: commit as Index, term: (terms[commit - 1] ?? 0) as Term }, membership };
	return disk;
}
