/** The store of a member with the test as raft: it leads when the test says so, and what it proposes is committed when the test says so. */
import type { Index, RequestId, Slot, Term } from '../../../src/base/brand.ts';
import { laneOf } from '../../../src/base/brand.ts';
import { LEASES } from '../../../src/mvcc/lease-tree.ts';
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import type { LeasesTold } from '../../../src/protocol/lease-messages.ts';
import type { Propose } from '../../../src/protocol/messages.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { decodeLeaseCheckpoint, decodeLeaseExpire, encodeLeaseGrant } from '../../../src/rpc/lease-codec.ts';
import { command, requestId, SLOT, StoreHarness } from './store-harness.ts';

const EMPTY = new Uint8Array(0);

export class Leader {
	readonly store: StoreHarness;
	term = 2;
	#asks = 0;

	private constructor(store: StoreHarness) {
		this.store = store;
	}

	static follower(): Leader {
		return new Leader(StoreHarness.founded(1));
	}

	/** It leads term 2, has applied the entry that begins it, and knows no lease. */
	static leading(): Leader {
		const leader = Leader.follower();
		leader.lead(2);
		return leader;
	}

	lead(term: number): void {
		this.role('leader', term);
		this.beginTerm();
	}

	role(role: 'leader' | 'follower', term: number): void {
		this.term = term;
		this.store.actor.receive({ kind: 'role_changed', role, term: term as Term, leader: role === 'leader' ? SLOT : (1 as Slot) });
		this.store.actor.flush();
	}

	beginTerm(): void {
		this.store.apply([EMPTY], ENTRY_KIND.noop, this.term);
		this.store.actor.flush();
	}

	commit(payloads: readonly Uint8Array[]): void {
		this.store.apply(payloads, ENTRY_KIND.command, this.term);
		this.store.actor.flush();
	}

	grant(id: bigint, ttl: number): void {
		this.commit([command({ kind: COMMAND_KIND.lease_grant, body: encodeLeaseGrant({ id, ttl }) })]);
	}

	ticks(count: number): void {
		for (let i = 0; i < count; i++) {
			this.store.actor.tick();
			this.store.actor.flush();
		}
	}

	/** What the store has proposed since, taken. */
	proposals(): Propose[] {
		const found = this.store.all('propose');
		const rest = this.store.posted.filter(({ message }) => message.kind !== 'propose');
		this.store.posted.splice(0, this.store.posted.length, ...rest);
		return found;
	}

	/** Ids whose end was proposed since; the entries are committed. */
	commitEnds(): bigint[][] {
		const proposals = this.proposals().filter((each) => decodeCommand(each.command)?.kind === COMMAND_KIND.lease_expire);
		this.commit(proposals.map((each) => each.command));
		return proposals.map((each) => [...(decodeLeaseExpire(decodeCommand(each.command)?.body ?? EMPTY) ?? [])]);
	}

	checkpoints(proposals: readonly Propose[]): { readonly id: bigint; readonly remaining: number }[] {
		return proposals.flatMap((each) => {
			const decoded = decodeCommand(each.command);
			return decoded?.kind === COMMAND_KIND.lease_checkpoint ? [...(decodeLeaseCheckpoint(decoded.body) ?? [])] : [];
		});
	}

	/** Asks, and gives the id of the question. */
	ask(ids: readonly bigint[], renew = true, by: 'api' | 'peer' = 'api'): RequestId {
		this.#asks += 1;
		const id = requestId(0, this.#asks);
		this.store.actor.receive({ kind: 'ask_leases', requestId: id, by, ids, renew });
		return id;
	}

	/** The rounds asked for since are confirmed at this index. */
	confirm(index = this.applied): void {
		this.store.actor.flush();
		const rounds = this.store.all('read_index').filter(({ requestId: round }) => laneOf(round) === 4_095);
		this.store.posted.splice(0, this.store.posted.length, ...this.store.posted.filter(({ message }) => message.kind !== 'read_index'));
		for (const { requestId: round } of rounds) {
			this.store.actor.receive({ kind: 'read_granted', requestId: round, index: index as Index });
		}
		this.store.actor.flush();
	}

	get applied(): number {
		return this.store.lastApplied()?.upTo ?? 1;
	}

	answer(id: RequestId): LeasesTold | null {
		return this.store.all('leases_told').find(({ requestId: each }) => each === id) ?? null;
	}

	/** Asks, confirms, and gives what was told. */
	asked(id: bigint, renew = true): [number, number] | number | null {
		const question = this.ask([id], renew);
		this.confirm();
		const told = this.answer(question);
		return told === null ? null : told.code === 0 ? [told.remaining[0] as number, told.granted[0] as number] : told.code;
	}

	isThere(id: bigint): boolean {
		return this.store.engine.read((view) => LEASES.has(view, id));
	}

	remaining(id: bigint): number | undefined {
		return this.store.engine.read((view) => LEASES.get(view, id)?.remaining);
	}
}
