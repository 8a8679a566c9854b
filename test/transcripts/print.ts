/** Everything that a transcript shows, in words: one line a fact, always in the same order. */
import type { Envelope, PeerMessage } from '../../src/raft/message.ts';
import type { PersistBatch, RaftOutput } from '../../src/raft/output.ts';
import { ENTRY_KIND, type Entry, type EntryId, type Membership } from '../../src/raft/state.ts';
import type { Change } from '../unit/raft/cluster/changes.ts';

export function point({ index, term }: EntryId): string {
	return `${index}/${term}`;
}

export function entry(given: Entry): string {
	switch (given.kind) {
		case ENTRY_KIND.noop:
			return `${point(given)}:noop`;
		case ENTRY_KIND.command:
			return `${point(given)}:${Buffer.from(given.data).toString()}`;
		case ENTRY_KIND.membership:
			return `${point(given)}:${given.data.length === 0 ? 'leave' : change(JSON.parse(Buffer.from(given.data).toString()) as Change)}`;
	}
}

function change(given: Change): string {
	switch (given.op) {
		case 'found':
			return 'membership';
		case 'learner':
		case 'voter':
		case 'remove':
			return `${given.op}(${given.slot})`;
		case 'joint':
			return `joint(${given.voters}; learners ${given.learners.length === 0 ? 'none' : given.learners}${given.autoLeave ? '; leaves by itself' : ''})`;
	}
}

export function membership({ voters, votersOutgoing, learners, learnersNext, autoLeave }: Membership): string {
	const parts: readonly (readonly [string, readonly number[]])[] = [
		['voters', voters],
		['outgoing', votersOutgoing],
		['learners', learners],
		['learners next', learnersNext],
	];
	const said = parts.filter(([, slots]) => slots.length > 0).map(([name, slots]) => `${name} ${slots.join(' ')}`);
	return [...said, ...(autoLeave ? ['leaves by itself'] : [])].join(', ');
}

function entries(list: readonly Entry[]): string {
	return `[${list.map(entry).join(' ')}]`;
}

export function envelope({ from, to, term, message }: Envelope): string {
	return `${from}->${to} ${message.kind} term=${term}${fields(message)}`;
}

function fields(message: PeerMessage): string {
	switch (message.kind) {
		case 'vote_request':
			return ` last=${message.lastIndex}/${message.lastTerm}${message.force ? ' force' : ''}`;
		case 'pre_vote_request':
			return ` last=${message.lastIndex}/${message.lastTerm}`;
		case 'vote_reply':
		case 'pre_vote_reply':
			return message.granted ? ' granted' : ' refused';
		case 'append_request':
			return ` previous=${message.previousIndex}/${message.previousTerm} commit=${message.commit} entries=${entries(message.entries)}`;
		case 'append_accepted':
			return ` match=${message.match}`;
		case 'append_rejected':
			return ` rejected=${message.rejected} hint=${message.hintIndex}/${message.hintTerm}`;
		case 'heartbeat':
			return ` commit=${message.commit} read=${message.read}`;
		case 'heartbeat_reply':
			return ` read=${message.read}`;
		case 'timeout_now':
			return '';
		case 'forward_propose':
			return ` sequence=${message.sequence} proposals=[${message.proposals.map((data) => Buffer.from(data).toString()).join(' ')}]`;
		case 'forward_refused':
			return ` sequence=${message.sequence} count=${message.count} code=${message.code}`;
		case 'forward_read':
			return ` context=${message.context}`;
		case 'read_reply':
			return ` context=${message.context} index=${message.index}`;
		case 'committed':
			return ` entry=${message.index}/${message.entryTerm}`;
		case 'timing_request':
			return ` stamp=${message.stamp}`;
		case 'timing_reply':
			return ` stamp=${message.stamp} silence=${message.silence} flush=${message.flush} election=${message.electionTicks}`;
	}
}

function persist(batch: PersistBatch): string {
	const { term, vote, commit } = batch.hardState;
	const parts = [`batch ${batch.batch}: term=${term} vote=${vote} commit=${commit}`];
	if (batch.mark !== null) {
		parts.push(`mark=${point(batch.mark)}`);
	}
	if (batch.resetTo !== null) {
		parts.push(`reset=${point(batch.resetTo)}`);
	}
	if (batch.truncateFrom !== null) {
		parts.push(`truncate=${batch.truncateFrom}`);
	}
	parts.push(`entries=${entries(batch.entries)}`);
	return parts.join(' ');
}

/** One turn's output of a member. */
export function output(slot: number, given: RaftOutput): readonly string[] {
	const lines: string[] = [];
	if (given.role !== null) {
		lines.push(`${slot} is ${given.role.role} in term ${given.role.term}, leader ${given.role.leader}`);
	}
	if (given.persist !== null) {
		lines.push(`${slot} writes ${persist(given.persist)}`);
		lines.push(...given.persist.after.map((held) => `${slot} holds until flushed: ${envelope(held)}`));
	}
	lines.push(...given.send.map((sent) => `${slot} sends ${envelope(sent)}`));
	lines.push(...given.fetch.map(({ member, lo, hi }) => `${slot} fetches [${lo}, ${hi}) for ${member === 0 ? 'its store' : member}`));
	if (given.apply.length > 0) {
		lines.push(`${slot} hands to its store ${entries(given.apply)}`);
	}
	lines.push(...given.granted.map(({ requestId, index }) => `${slot} grants read ${requestId} at index ${index}`));
	lines.push(...given.refused.map(({ requestId, code }) => `${slot} refuses request ${requestId} with code ${code}`));
	if (given.restore !== null) {
		lines.push(`${slot} restores ${point(given.restore)} from ${given.restore.path}`);
	}
	lines.push(...given.discard.map((path) => `${slot} discards ${path}`));
	lines.push(...given.snapshotTo.map((to) => `${slot} wants a snapshot sent to ${to}`));
	if (given.compact !== null) {
		lines.push(`${slot} compacts its log up to ${given.compact}`);
	}
	return lines;
}
