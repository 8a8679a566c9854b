/**
 * What members say to each other, in bytes. Not the frame around it (length, checksum): peer-frame.ts. Used by the raft actor.
 *
 *   0 version (1) | 1 kind | 2 from u32 | 6 to u32 | 10 term u48 | 16 the fields of the kind, in the order of raft/message.ts
 *
 * Indexes, terms and boots are u48, contexts u64. Lists end the message: a u32 count, then per entry a u32 term above the one before it, a
 * kind byte, a u32 length and the bytes; per proposal the same without the term.
 *
 * The peer port may be reached by strangers, so decoding is total, and a count is believed only as far as bytes are really there.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot, Term } from '../base/brand.ts';
import { copyBytes } from '../base/bytes.ts';
import type { AppendRequest, Envelope, ForwardPropose, PeerMessage } from '../raft/message.ts';
import { ENTRY_KIND, type Entry, type EntryKind } from '../raft/state.ts';
import { ByteReader, ByteWriter } from './byte-cursor.ts';
import { CHANNEL, type Channel } from './messages.ts';

const VERSION = 1;
const HEADER_BYTES = 16;
const ENTRY_HEADER_BYTES = 9;
const PROPOSAL_HEADER_BYTES = 5;
const ENTRY_KINDS: ReadonlySet<number> = new Set(Object.values(ENTRY_KIND));

/** Kind -> byte, and the bytes of the fields before a list. Never reused. */
const KINDS = {
	vote_request: { tag: 1, bytes: 13 },
	vote_reply: { tag: 2, bytes: 1 },
	pre_vote_request: { tag: 3, bytes: 12 },
	pre_vote_reply: { tag: 4, bytes: 1 },
	append_request: { tag: 5, bytes: 22 },
	append_accepted: { tag: 6, bytes: 6 },
	append_rejected: { tag: 7, bytes: 18 },
	heartbeat: { tag: 8, bytes: 14 },
	heartbeat_reply: { tag: 9, bytes: 8 },
	timeout_now: { tag: 10, bytes: 0 },
	forward_propose: { tag: 11, bytes: 16 },
	forward_refused: { tag: 12, bytes: 18 },
	forward_read: { tag: 13, bytes: 8 },
	read_reply: { tag: 14, bytes: 14 },
	committed: { tag: 15, bytes: 12 },
	timing_request: { tag: 16, bytes: 6 },
	timing_reply: { tag: 17, bytes: 24 },
} as const satisfies { readonly [K in PeerMessage['kind']]: { readonly tag: number; readonly bytes: number } };

const KIND_BY_TAG = new Map<number, PeerMessage['kind']>(Object.entries(KINDS).map(([kind, { tag }]) => [tag, kind as PeerMessage['kind']]));

/** In an ArrayBuffer of its own. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
	const { message } = envelope;
	const { tag, bytes } = KINDS[message.kind];
	const writer = new ByteWriter(HEADER_BYTES + bytes + listBytes(message));
	writer.u8(VERSION);
	writer.u8(tag);
	writer.u32(envelope.from);
	writer.u32(envelope.to);
	writer.u48(envelope.term);
	writeMessage(writer, message);
	return writer.finish();
}

/** Null for anything that is not exactly one envelope of this version. Entries and proposals are copied once, all of a message together: they outlive the frame. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | null {
	const reader = new ByteReader(bytes);
	const version = reader.u8();
	const kind = KIND_BY_TAG.get(reader.u8());
	const from = reader.u32() as Slot;
	const to = reader.u32() as Slot;
	const term = reader.u48() as Term;
	if (reader.hasFailed || version !== VERSION || kind === undefined) {
		return null;
	}
	const message = readMessage(reader, kind);
	return reader.isComplete ? { from, to, term, message } : null;
}

/** Entries go by the bulk connection; whatever must not wait behind a megabyte of them goes by the other. */
export function channelOf(message: PeerMessage): Channel {
	return message.kind === 'append_request' && message.entries.length > 0 ? CHANNEL.bulk : CHANNEL.control;
}

/**
 * A newer frame of the same kind says all that this one does. A heartbeat's commit index only grows, and it names the newest open read
 * round, whose answer answers all earlier ones. (Without an open round it names none, and there is no earlier one to answer.)
 */
export function isReplaceable(message: PeerMessage): boolean {
	return message.kind === 'heartbeat';
}

function listBytes(message: PeerMessage): number {
	let bytes = 0;
	if (message.kind === 'append_request') {
		for (const entry of message.entries) {
			bytes += ENTRY_HEADER_BYTES + entry.data.length;
		}
	} else if (message.kind === 'forward_propose') {
		for (const proposal of message.proposals) {
			bytes += PROPOSAL_HEADER_BYTES + proposal.length;
		}
	}
	return bytes;
}

function writeMessage(writer: ByteWriter, message: PeerMessage): void {
	switch (message.kind) {
		case 'vote_request':
			writer.u48(message.lastIndex);
			writer.u48(message.lastTerm);
			writer.u8(message.force ? 1 : 0);
			return;
		case 'pre_vote_request':
			writer.u48(message.lastIndex);
			writer.u48(message.lastTerm);
			return;
		case 'vote_reply':
		case 'pre_vote_reply':
			writer.u8(message.granted ? 1 : 0);
			return;
		case 'append_request':
			writeAppend(writer, message);
			return;
		case 'append_accepted':
			writer.u48(message.match);
			return;
		case 'append_rejected':
			writer.u48(message.rejected);
			writer.u48(message.hintIndex);
			writer.u48(message.hintTerm);
			return;
		case 'heartbeat':
			writer.u48(message.commit);
			writer.u64(message.read);
			return;
		case 'heartbeat_reply':
			writer.u64(message.read);
			return;
		case 'timeout_now':
			return;
		case 'forward_propose':
			writeForward(writer, message);
			return;
		case 'forward_refused':
			writer.u48(message.boot);
			writer.u48(message.sequence);
			writer.u32(message.count);
			writer.u8(message.code >>> 8);
			writer.u8(message.code);
			return;
		case 'forward_read':
			writer.u64(message.context);
			return;
		case 'read_reply':
			writer.u64(message.context);
			writer.u48(message.index);
			return;
		case 'committed':
			writer.u48(message.index);
			writer.u48(message.entryTerm);
			return;
		case 'timing_request':
			writer.u48(message.stamp);
			return;
		case 'timing_reply':
			writer.u48(message.stamp);
			writer.u48(message.silence);
			writer.u48(message.flush);
			writer.u48(message.electionTicks);
	}
}

function writeAppend(writer: ByteWriter, message: AppendRequest): void {
	writer.u48(message.previousIndex);
	writer.u48(message.previousTerm);
	writer.u48(message.commit);
	writer.u32(message.entries.length);
	let term = message.previousTerm;
	for (const entry of message.entries) {
		writer.u32(entry.term - term);
		writer.u8(entry.kind);
		writer.u32(entry.data.length);
		writer.bytes(entry.data);
		term = entry.term;
	}
}

function writeForward(writer: ByteWriter, message: ForwardPropose): void {
	assert(message.kinds.length === message.proposals.length, 'each proposal has a kind');
	writer.u48(message.boot);
	writer.u48(message.sequence);
	writer.u32(message.proposals.length);
	for (const [at, proposal] of message.proposals.entries()) {
		writer.u8(message.kinds[at] as EntryKind);
		writer.u32(proposal.length);
		writer.bytes(proposal);
	}
}

/** Fields of object literals are evaluated in the order in which they are written: the order on the wire. */
function readMessage(reader: ByteReader, kind: PeerMessage['kind']): PeerMessage {
	switch (kind) {
		case 'vote_request':
			return { kind, lastIndex: reader.u48() as Index, lastTerm: reader.u48() as Term, force: reader.bool() };
		case 'pre_vote_request':
			return { kind, lastIndex: reader.u48() as Index, lastTerm: reader.u48() as Term };
		case 'vote_reply':
		case 'pre_vote_reply':
			return { kind, granted: reader.bool() };
		case 'append_request':
			return readAppend(reader);
		case 'append_accepted':
			return { kind, match: reader.u48() as Index };
		case 'append_rejected':
			return { kind, rejected: reader.u48() as Index, hintIndex: reader.u48() as Index, hintTerm: reader.u48() as Term };
		case 'heartbeat':
			return { kind, commit: reader.u48() as Index, read: reader.u64() };
		case 'heartbeat_reply':
			return { kind, read: reader.u64() };
		case 'timeout_now':
			return { kind };
		case 'forward_propose':
			return readForward(reader);
		case 'forward_refused':
			return { kind, boot: reader.u48(), sequence: reader.u48(), count: reader.u32(), code: reader.u8() * 256 + reader.u8() };
		case 'forward_read':
			return { kind, context: reader.u64() };
		case 'read_reply':
			return { kind, context: reader.u64(), index: reader.u48() as Index };
		case 'committed':
			return { kind, index: reader.u48() as Index, entryTerm: reader.u48() as Term };
		case 'timing_request':
			return { kind, stamp: reader.u48() };
		case 'timing_reply':
			return { kind, stamp: reader.u48(), silence: reader.u48(), flush: reader.u48(), electionTicks: reader.u48() };
	}
}

function readAppend(reader: ByteReader): AppendRequest {
	const previousIndex = reader.u48() as Index;
	const previousTerm = reader.u48() as Term;
	const commit = reader.u48() as Index;
	const list = readList(reader, ENTRY_HEADER_BYTES);
	const entries: Entry[] = [];
	let term = previousTerm as number;
	for (let i = 1; i <= list.count && !list.reader.hasFailed; i++) {
		term += list.reader.u32();
		const kind = readKind(list.reader);
		const data = list.reader.view(list.reader.u32());
		entries.push({ index: (previousIndex + i) as Index, term: term as Term, kind, data });
	}
	settle(reader, list.reader);
	return { kind: 'append_request', previousIndex, previousTerm, entries, commit };
}

function readForward(reader: ByteReader): ForwardPropose {
	const boot = reader.u48();
	const sequence = reader.u48();
	const list = readList(reader, PROPOSAL_HEADER_BYTES);
	const kinds: EntryKind[] = [];
	const proposals: Uint8Array[] = [];
	for (let i = 0; i < list.count && !list.reader.hasFailed; i++) {
		kinds.push(readKind(list.reader));
		proposals.push(list.reader.view(list.reader.u32()));
	}
	settle(reader, list.reader);
	return { kind: 'forward_propose', boot, sequence, kinds, proposals };
}

/** The rest of the message, copied, so that what is kept of it pins nothing else of a turn's frame. */
function readList(reader: ByteReader, itemBytesMin: number): { readonly count: number; readonly reader: ByteReader } {
	const count = reader.u32();
	if (count * itemBytesMin > reader.remaining) {
		reader.fail();
	}
	const rest = reader.view(reader.remaining);
	return { count, reader: new ByteReader(rest.length === 0 ? rest : copyBytes(rest)) };
}

function settle(reader: ByteReader, list: ByteReader): void {
	if (!list.isComplete) {
		reader.fail();
	}
}

function readKind(reader: ByteReader): EntryKind {
	const kind = reader.u8();
	if (!ENTRY_KINDS.has(kind)) {
		reader.fail();
	}
	return kind as EntryKind;
}
