/**
 * The gate for what other members say: after it, the core may rely on a message's inner order, though not on its truth. Whatever a peer
 * sends, no assertion of ours may fail, so what is impossible is dropped here.
 */
import type { AppendRequest, Envelope, ForwardPropose, PeerMessage } from './message.ts';
import { ENTRY_KIND } from './state.ts';

export function isSound(envelope: Envelope, self: Envelope['to']): boolean {
	const { from, to, term, message } = envelope;
	return to === self && from !== self && isNatural(from) && from > 0 && isNatural(term) && term > 0 && isSoundMessage(message, term);
}

function isSoundMessage(message: PeerMessage, term: number): boolean {
	switch (message.kind) {
		case 'vote_request':
		case 'pre_vote_request':
			return isNatural(message.lastIndex) && isNatural(message.lastTerm) && message.lastTerm < term;
		case 'vote_reply':
		case 'pre_vote_reply':
		case 'timeout_now':
			return true;
		case 'append_request':
			return isSoundAppend(message, term);
		case 'append_accepted':
			return isNatural(message.match);
		case 'append_rejected':
			return isNatural(message.rejected) && isNatural(message.hintIndex) && isNatural(message.hintTerm);
		case 'heartbeat':
			return isNatural(message.commit) && isNatural(message.read);
		case 'heartbeat_reply':
			return isNatural(message.read);
		case 'forward_propose':
			return isSoundForward(message);
		case 'forward_refused':
			return isNatural(message.boot) && isNatural(message.sequence) && isNatural(message.count) && isNatural(message.code);
		case 'forward_read':
			return isNatural(message.context);
		case 'read_reply':
			return isNatural(message.context) && isNatural(message.index);
		case 'committed':
			return isNatural(message.index) && isNatural(message.entryTerm);
		case 'timing_request':
			return isNatural(message.stamp);
		case 'timing_reply':
			return isNatural(message.stamp) && isNatural(message.silence) && isNatural(message.flush) && isNatural(message.electionTicks);
	}
}

/** Indexes without a gap, terms that never fall and never pass the sender's. */
function isSoundAppend(message: AppendRequest, term: number): boolean {
	if (!isNatural(message.previousIndex) || !isNatural(message.previousTerm) || !isNatural(message.commit)) {
		return false;
	}
	let index = message.previousIndex as number;
	let least = message.previousTerm as number;
	for (const entry of message.entries) {
		index++;
		if (entry.index !== index || entry.term < least || entry.term < 1) {
			return false;
		}
		least = entry.term;
	}
	return least <= term && isNatural(index);
}

function isSoundForward(message: ForwardPropose): boolean {
	const isCounted = isNatural(message.boot) && isNatural(message.sequence) && message.sequence > 0;
	return isCounted && message.kinds.length === message.proposals.length && message.kinds.every((kind) => kind !== ENTRY_KIND.noop);
}

function isNatural(value: number): boolean {
	return Number.isSafeInteger(value) && value >= 0;
}
