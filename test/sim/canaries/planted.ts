/**
 * The planted bugs: each is a real one's shape (the table in reliability.md 1.6, or a rule of the paper left out), put into a file of the product
 * as the simulator loads it. The product has no switch for them. A text that is no longer there fails the run, so that a canary cannot die in silence.
 */
export interface Planted extends Bug {
	readonly file: string;
	readonly find: string;
	readonly replace: string;
}

/** A bug that a port of the simulator plays: ports.ts. */
export interface Played extends Bug {
	readonly port: 'checkpoint';
}

export interface Bug {
	readonly name: string;
	/** What is wrong, and where such a thing has happened. */
	readonly about: string;
	/** Must be caught within so many seeds from 1. */
	readonly seedsMax: number;
	/** One that catches it: for npm test. */
	readonly caughtBy: number;
}

export const PLAYED: readonly Played[] = [
	{
		name: 'applied-index-without-data',
		about: 'a checkpoint holds the applied index of a newer transaction than its data: etcd issue 13766, silent divergence after a crash',
		port: 'checkpoint',
		seedsMax: 100,
		caughtBy: 1,
	},
];

export const PLANTED: readonly Planted[] = [
	{
		name: 'leader-counts-itself-early',
		about: 'the leader counts its own log before the flush: etcd issue 14370, an acknowledged write lost',
		file: 'src/raft/leader.ts',
		find: 'slot === replica.self ? log.persisted :',
		replace: 'slot === replica.self ? log.last :',
		seedsMax: 100,
		caughtBy: 3,
	},
	{
		name: 'figure-8',
		about: 'an entry of an older term is committed by counting: figure 8 of the paper',
		file: 'src/raft/leader.ts',
		find: 'reached > log.commit && log.termAt(reached) === replica.term',
		replace: 'reached > log.commit',
		seedsMax: 300,
		caughtBy: 4,
	},
	{
		name: 'vote-before-flush',
		about: 'a vote leaves before it is on the disk: two votes in one term after a crash (figure 2)',
		file: 'src/raft/voter.ts',
		find: "replica.draft.sendDurable(from, replica.term, { kind: 'vote_reply', granted: true });",
		replace: "replica.draft.send(from, replica.term, { kind: 'vote_reply', granted: true });",
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'vote-request-before-flush',
		about: 'a candidate asks before its own vote and term are on the disk: two leaders of one term after a crash',
		file: 'src/raft/candidate.ts',
		find: "draft.sendDurable(voter, replica.term, { kind: 'vote_request'",
		replace: "draft.send(voter, replica.term, { kind: 'vote_request'",
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'append-reply-before-flush',
		about: 'a follower accepts entries before they are on its disk (reliability.md I9)',
		file: 'src/raft/output-draft.ts',
		find: "this.sendDurable(to, term, { kind: 'append_accepted', match });",
		replace: "this.send(to, term, { kind: 'append_accepted', match });",
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'vote-for-a-shorter-log',
		about: 'a vote is given whatever the candidate lacks (figure 2, RequestVote 2)',
		file: 'src/raft/raft-log.ts',
		find: 'return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);',
		replace: 'return lastTerm >= 0 || lastIndex >= 0;',
		seedsMax: 300,
		caughtBy: 3,
	},
	{
		name: 'two-votes-a-term',
		about: 'a second candidate of one term gets a vote too (figure 2, RequestVote 2)',
		file: 'src/raft/voter.ts',
		find: 'return replica.vote === candidate || (replica.vote === NOBODY && replica.leader === NOBODY);',
		replace: 'return replica.vote === candidate || replica.leader === NOBODY;',
		seedsMax: 500,
		caughtBy: 4,
	},
	{
		name: 'vote-forgotten-at-boot',
		about: 'a restarted member no longer knows for whom it voted',
		file: 'src/raft/replica.ts',
		find: 'this.vote = hardState.vote;',
		replace: 'this.vote = NOBODY;',
		seedsMax: 300,
		caughtBy: 1,
	},
	{
		name: 'old-append-truncates',
		about: 'an append that comes late takes away entries that came after it (figure 2, AppendEntries 3)',
		file: 'src/raft/follower.ts',
		find: 'while (at < entries.length && log.matches((entries[at] as Entry).index, (entries[at] as Entry).term)) {',
		replace: 'while (false) {',
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'no-consistency-check',
		about: 'entries are taken whatever comes before them (figure 2, AppendEntries 2)',
		file: 'src/raft/follower.ts',
		find: 'if (!log.matches(request.previousIndex, request.previousTerm)) {',
		replace: 'if (request.previousIndex > log.last) {',
		seedsMax: 500,
		caughtBy: 26,
	},
	{
		name: 'heartbeat-commits-what-is-not-there',
		about: 'a heartbeat tells a follower of commits beyond what its log is known to share: its own leftovers pass for committed',
		file: 'src/raft/replication.ts',
		find: 'const commit = Math.min(progress.match, replica.log.commit) as Index;',
		replace: 'const commit = replica.log.commit;',
		seedsMax: 600,
		caughtBy: 43,
	},
	{
		name: 'reused-read-context',
		about: 'the answer to a round of reads confirms the next one too, which it cannot know of: etcd issue 20418, stale reads after a pause',
		file: 'src/raft/reads.ts',
		find: 'round.context <= context;',
		replace: 'round.context <= context + 1;',
		seedsMax: 600,
		caughtBy: 82,
	},
	{
		name: 'read-without-a-round',
		about: 'a leader answers reads without asking whether it still leads (thesis 6.4; stale reads after a pause)',
		file: 'src/raft/leader.ts',
		find: 'slot === replica.self ? newest : (state.progress.get(slot)?.readAcked ?? 0)',
		replace: 'slot > 0 ? newest : 0',
		seedsMax: 300,
		caughtBy: 84,
	},
	{
		name: 'read-before-own-commit',
		about: 'a new leader answers reads before an entry of its own term is committed (thesis 6.4, step 1)',
		file: 'src/raft/leader.ts',
		find: '!state.reads.hasWaiting || replica.log.commit < state.termStart',
		replace: '!state.reads.hasWaiting',
		seedsMax: 300,
		caughtBy: 26,
	},
	{
		name: 'read-before-applied',
		about: 'a read is served before the store has applied its index',
		file: 'src/actors/lane-reads.ts',
		find: 'if (index <= applied) {',
		replace: 'if (index >= 0) {',
		seedsMax: 100,
		caughtBy: 2,
	},
	{
		name: 'unknown-proposal-retried',
		about: 'a forwarded proposal of unknown outcome is reported as refused, and proposed again: etcd issue 14890',
		file: 'src/raft/forwarding.ts',
		find: '\t\tthis.#sent.clear();\n\t\tthis.#sentCount = 0;\n\t\tfor (const requestIds of [...this.#readsSent',
		replace:
			'\t\tthis.#sent.forEach((sent) => { for (const id of sent.requestIds) { if (id !== null) { this.#draft.refuse(id, refused); } } });\n\t\tthis.#sent.clear();\n\t\tthis.#sentCount = 0;\n\t\tfor (const requestIds of [...this.#readsSent',
		seedsMax: 100,
		caughtBy: 3,
	},
	{
		name: 'repeated-forward-appended',
		about: 'a repeated message with proposals is appended twice',
		file: 'src/raft/forward-ledger.ts',
		find: 'const repeated = Math.min(count, Math.max(0, highest + 1 - sequence));',
		replace: 'const repeated = Math.min(0, highest);',
		seedsMax: 300,
		caughtBy: 5,
	},
	{
		name: 'answer-from-the-wrong-member',
		about: 'the store refuses what another member would take: the result of a command depends on who executes it (etcd issues 11651, 18667)',
		file: 'src/actors/store-entries.ts',
		find: 'const isVoid = command.term !== 0 && command.term !== term;',
		replace: 'const isVoid = this.slot === 1 && index % 40 === 39;',
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'compaction-drops-the-newest',
		about: 'a compaction drops a tombstone that is the newest record of its key at the compact revision: etcd issues 17780, 18089',
		file: 'src/mvcc/compaction.ts',
		find: 'if (record.previousMain > 0) {\n\t\tremoveHistory(view, record.previousMain, record.previousSub);\n\t}',
		replace: 'removeHistory(view, record.main, record.sub);',
		seedsMax: 200,
		caughtBy: 3,
	},
	{
		name: 'log-compacted-beyond-checkpoint',
		about: 'the log forgets what only the memory of the store holds: the member cannot start again after a crash',
		file: 'src/actors/store-actor.ts',
		find: "outbox.post('raft', { kind: 'checkpointed', index: point.index, term: point.term });",
		replace: "outbox.post('raft', { kind: 'checkpointed', index: this.#applied.index, term: this.#applied.term });",
		seedsMax: 200,
		caughtBy: 1,
	},
	{
		name: 'snapshot-without-a-mark',
		about: 'a snapshot is installed before the log has flushed its mark: a crash in between looks like a lost log',
		file: 'src/raft/snapshot-install.ts',
		find: '\tledger.mark({ index: input.index, term: input.term });\n}',
		replace: '\treplica.install.isRestoring = true;\n\tdraft.restore = { index: input.index, term: input.term, path: input.path };\n}',
		seedsMax: 600,
		caughtBy: 34,
	},
	{
		name: 'persisted-of-a-former-write',
		about: 'the confirmation of a dropped entry passes for the one in its place: the race of etcd rawnode.go (reliability.md I26)',
		file: 'src/raft/storage-ledger.ts',
		find: '\t\tthis.#inFlight.forEach((record) => {\n\t\t\trecord.safeUpTo = Math.min(record.safeUpTo, index - 1) as Index;\n\t\t});',
		replace: '',
		seedsMax: 600,
		caughtBy: 38,
	},
	{
		name: 'applied-before-persisted',
		about: 'committed entries are applied before the own log has flushed them: after a crash the store is ahead of the log',
		file: 'src/raft/applying.ts',
		find: 'const limit = Math.min(log.commit, log.persisted) as Index;',
		replace: 'const limit = log.commit as Index;',
		seedsMax: 100,
		caughtBy: 1,
	},
	{
		name: 'deposed-leader-goes-on',
		about: 'a leader that has lost its quorum never steps down: clients of the old leader wait for ever (thesis 6.2)',
		file: 'src/raft/leader.ts',
		find: 'replica.config.checkQuorum && !hasQuorumContact(replica, state)',
		replace: 'replica.config.checkQuorum && state.now < 0',
		seedsMax: 300,
		caughtBy: 7,
	},
	{
		name: 'no-poke',
		about: 'an append that was lost is never sent again while the follower answers heartbeats: it lags for ever',
		file: 'src/raft/leader.ts',
		find: '\t\tprogress.poked = true;\n\t\tif (progress.state.mode',
		replace: '\t\tif (progress.state.mode',
		seedsMax: 300,
		caughtBy: 3,
	},
];
