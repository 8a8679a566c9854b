/** What must be true of the whole cluster, judged from outside: it sees what members say and write, and never asks a core what is right. */
import { assert } from '../../../../src/base/assert.ts';
import type { Index, RequestId, Slot } from '../../../../src/base/brand.ts';
import type { Envelope } from '../../../../src/raft/message.ts';
import { ENTRY_KIND, type Entry, type Membership } from '../../../../src/raft/state.ts';
import { requestOf } from './changes.ts';
import type { Disk, StoreState } from './disk.ts';

interface Committed {
	readonly index: Index;
	readonly term: number;
	/** Entries up to there that change the membership. */
	readonly changes: readonly number[];
}

export class Oracle {
	readonly #leaders = new Map<number, Slot>();
	/** (index, term) -> data and the term before: one entry may have only one content and one past (log matching, by induction). */
	readonly #entries = new Map<string, string>();
	readonly #applied: string[] = [];
	readonly #refused = new Set<number>();
	readonly #appliedRequests = new Map<number, number>();
	/** Committed entries that change the membership. */
	readonly #changes = new Set<number>();
	/** What became of those that had an effect. */
	readonly #memberships = new Map<number, string>();
	readonly #readsFrom = new Map<RequestId, Index>();
	committed = 0;
	readsGranted = 0;
	proposalsRefused = 0;

	/** Election safety: at most one leader a term. Leader completeness: it holds everything that was ever committed. */
	leads(term: number, slot: Slot, log: (index: number) => number | null): void {
		const former = this.#leaders.get(term);
		assert(former === undefined || former === slot, () => `election safety: ${former} and ${slot} both lead term ${term}`);
		this.#leaders.set(term, slot);
		for (let index = 1; index <= this.#applied.length; index++) {
			const held = log(index);
			const expected = Number(this.#applied[index - 1]?.split('/')[0]);
			assert(
				held === null || held === expected,
				() => `leader completeness: ${slot} leads term ${term} with (${index}, ${held}), applied was term ${expected}`,
			);
		}
	}

	writes(entry: Entry, previousTerm: number): void {
		const key = `${entry.index}/${entry.term}`;
		const content = `${previousTerm}/${entry.kind}/${Buffer.from(entry.data).toString('latin1')}`;
		const former = this.#entries.get(key);
		assert(former === undefined || former === content, () => `log matching: entry ${key} is both ${former} and ${content}`);
		this.#entries.set(key, content);
	}

	/** State machine safety, and each proposal at most once. */
	applies(entry: Entry): void {
		const content = `${entry.term}/${entry.kind}/${Buffer.from(entry.data).toString('latin1')}`;
		const former = this.#applied[entry.index - 1];
		assert(entry.index <= this.#applied.length + 1, () => `entry ${entry.index} is applied, nobody applied ${this.#applied.length + 1}`);
		assert(former === undefined || former === content, () => `state machine safety: entry ${entry.index} is both ${former} and ${content}`);
		this.#applied[entry.index - 1] = content;
		this.committed = Math.max(this.committed, entry.index);
		const request = entry.kind === ENTRY_KIND.command ? Number(Buffer.from(entry.data).toString()) : requestOf(entry);
		if (request > 0) {
			const at = this.#appliedRequests.get(request) ?? entry.index;
			assert(at === entry.index, () => `proposal ${request} is applied at ${at} and at ${entry.index}`);
			this.#appliedRequests.set(request, entry.index);
			assert(!this.#refused.has(request), () => `proposal ${request} was refused and is applied`);
		}
	}

	/** Changes of membership that had an effect. */
	get changes(): number {
		return this.#memberships.size;
	}

	changed(membership: Membership): void {
		const content = JSON.stringify(membership);
		const former = this.#memberships.get(membership.index) ?? content;
		assert(former === content, () => `membership ${membership.index} is both ${former} and ${content}`);
		this.#memberships.set(membership.index, content);
	}

	refuses(requestId: RequestId): void {
		assert(!this.#appliedRequests.has(requestId), () => `proposal ${requestId} was applied and is refused`);
		this.#refused.add(requestId);
		this.proposalsRefused++;
		this.#readsFrom.delete(requestId);
	}

	asksRead(requestId: RequestId): void {
		this.#readsFrom.set(requestId, this.committed as Index);
	}

	/** A linearizable read sees everything that was committed, anywhere, when it was asked for. */
	grants(requestId: RequestId, index: Index): void {
		const least = this.#readsFrom.get(requestId);
		assert(least !== undefined, () => `read ${requestId} is answered twice, or was never asked`);
		assert(index >= least, () => `stale read: granted at ${index}, ${least} was committed before it was asked`);
		this.#readsFrom.delete(requestId);
		this.readsGranted++;
	}

	/** A leader's commit index: a majority of disks holds it, of each half of the configuration that the leader's store has applied (I6, I7). */
	commits({ index, term, changes }: Committed, { voters, votersOutgoing }: Membership, diskOf: (slot: Slot) => Disk): void {
		for (const half of votersOutgoing.length === 0 ? [voters] : [voters, votersOutgoing]) {
			const holders = half
				.map(diskOf)
				.filter((disk) => disk.termAt(index) === term || disk.before.index >= index || disk.durable.applied.index >= index);
			assert(holders.length > half.length / 2, () => `entry (${index}, ${term}) counts as committed, ${holders.length} of ${half} hold it`);
		}
		this.committed = Math.max(this.committed, index);
		for (const change of changes) {
			this.#changes.add(change);
		}
	}

	/** I17: of the changes of membership in a log at most one is beyond the commit index that was written with them. */
	logs(slot: Slot, changes: readonly number[], commit: number): void {
		const open = changes.filter((index) => index > commit);
		assert(open.length <= 1, () => `${slot} has changes of membership ${open} in its log, known as committed is ${commit}`);
	}

	/** I20: who asks for votes has one. */
	campaigns(slot: Slot, { membership }: StoreState): void {
		const isVoter = membership.voters.includes(slot) || membership.votersOutgoing.includes(slot);
		assert(isVoter, () => `${slot} campaigns and is no voter`);
	}

	/** I17: who wins has applied all changes of membership that are committed anywhere, but for the newest: so its quorums meet those of the newest. */
	wins(slot: Slot, { applied }: StoreState): void {
		const [, least = 0] = [...this.#changes].sort((a, b) => b - a);
		assert(
			applied.index >= least,
			() => `${slot} leads and has applied ${applied.index}, of two committed changes of membership the older is ${least}`,
		);
	}

	/** I8, I9: what a reply promises is on the disk when it leaves. */
	leaves(envelope: Envelope, disk: Disk): void {
		const { message, term } = envelope;
		if (message.kind === 'vote_reply' && message.granted) {
			assert(
				disk.hardState.term > term || (disk.hardState.term === term && disk.hardState.vote === envelope.to),
				() => `a vote of ${envelope.from} left before it was durable`,
			);
		} else if (message.kind === 'append_accepted') {
			// A newer leader may have had a suffix dropped since; only the term that promised can be judged.
			assert(
				disk.hardState.term > term || disk.last >= message.match || disk.durable.applied.index >= message.match,
				() => `${envelope.from} accepted up to ${message.match}, its disk ends at ${disk.last}`,
			);
		} else if (message.kind === 'vote_request') {
			assert(disk.hardState.term >= term, () => `${envelope.from} asks for votes in term ${term}, durable is ${disk.hardState.term}`);
		}
	}

	forgetReads(): void {
		this.#readsFrom.clear();
	}
}
