/**
 * What must hold after every step (reference/reliability.md 4.2: the invariants that one member can see alone). Cheap enough for production:
 * no scan but over the followers. A failure ends the process, since what follows could only spread the damage.
 */
import { assert } from '../base/assert.ts';
import { type Index, NOBODY, type Term } from '../base/brand.ts';
import { isVoter } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';

/** What may only grow. */
interface HighWater {
	term: Term;
	commit: Index;
	applied: Index;
}

export class Invariants {
	readonly #former: HighWater = { term: 0 as Term, commit: 0 as Index, applied: 0 as Index };

	check(replica: Replica): void {
		this.#checkMarks(replica);
		this.#checkMonotone(replica);
		checkRole(replica);
	}

	/** I11, I13: before <= applied <= handed <= min(commit, persisted), and both of these <= last. */
	#checkMarks({ log, term, ledger }: Replica): void {
		assert(log.before.index <= log.applied, () => `applied ${log.applied} is compacted away, the log begins after ${log.before.index}`);
		assert(log.applied <= log.handed, () => `applied ${log.applied} beyond handed ${log.handed}`);
		assert(log.handed <= log.commit, () => `handed ${log.handed} beyond commit ${log.commit}`);
		assert(log.handed <= log.persisted, () => `handed ${log.handed} beyond persisted ${log.persisted}`);
		assert(log.commit <= log.last, () => `commit ${log.commit} beyond last ${log.last}`);
		assert(log.persisted <= log.last, () => `persisted ${log.persisted} beyond last ${log.last}`);
		assert(log.lastTerm <= term, () => `last entry of term ${log.lastTerm}, own term ${term}`);
		assert(ledger.durableTerm <= term, () => `durable term ${ledger.durableTerm}, own term ${term}`);
	}

	#checkMonotone({ log, term }: Replica): void {
		const former = this.#former;
		assert(term >= former.term, () => `term fell from ${former.term} to ${term}`);
		assert(log.commit >= former.commit, () => `commit fell from ${former.commit} to ${log.commit}`);
		assert(log.applied >= former.applied, () => `applied fell from ${former.applied} to ${log.applied}`);
		former.term = term;
		former.commit = log.commit;
		former.applied = log.applied;
	}
}

/** I8, I14, I19, I21, I22, I25. */
function checkRole(replica: Replica): void {
	const { state } = replica;
	switch (state.role) {
		case 'follower':
			assert(state.leader !== replica.self, 'a member follows itself');
			return;
		case 'pre_candidate':
			assert(replica.leader === NOBODY, 'a pre-candidate has a leader');
			return;
		case 'candidate':
			assert(replica.vote === replica.self, () => `a candidate voted for ${replica.vote}`);
			return;
		case 'leader':
			assert(replica.vote === replica.self, () => `a leader voted for ${replica.vote}`);
			assert(replica.install === null, 'a leader is installing a snapshot');
			checkProgress(replica, state);
	}
}

function checkProgress({ log, self, members, membership }: Replica, state: LeaderState): void {
	assert(!state.progress.has(self), 'a leader sends to itself');
	assert(state.progress.size === members.size - (members.has(self) ? 1 : 0), () => `${members.size} members, progress of ${state.progress.size}`);
	assert(isVoter(membership, self) !== state.isLeaving, 'a leader leaves when, and only when, it has no vote');
	assert(!state.isLeaving || state.transfer !== null, 'a leader that leaves has a successor');
	assert(log.last >= state.termStart, 'a leader whose term has no entry');
	for (const [member, progress] of state.progress) {
		assert(progress.match < progress.next, () => `member ${member}: match ${progress.match}, next ${progress.next}`);
		assert(progress.match <= log.last, () => `member ${member}: match ${progress.match} beyond last ${log.last}`);
		assert(progress.next <= log.last + 1, () => `member ${member}: next ${progress.next} beyond the end ${log.last}`);
	}
}
