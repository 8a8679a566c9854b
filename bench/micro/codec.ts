/** What a put costs to decode, as a lane does with each request, and what appends cost between members. Run: node --import tsx bench/micro/codec.ts */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import type { Index, Slot, Term } from '../../src/base/brand.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/protocol/peer-codec.ts';
import { encodeFrame, FrameReader } from '../../src/protocol/peer-frame.ts';
import type { Envelope } from '../../src/raft/message.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { decodePut } from '../../src/rpc/kv-codec.ts';
import { repeat } from './repeat.ts';

const ROUNDS = 100_000;
const ENTRIES = 100;
const APPENDS = 2_000;

/** PutRequest of a 16-byte key and a 256-byte value: field 1, field 2. */
const put = Uint8Array.from([0x0a, 16, ...Buffer.from('bench/0000000042'), 0x12, 0x80, 0x02, ...new Uint8Array(256).fill(7)]);
assert.equal(decodePut(put)?.value.length, 256);

const entries = Array.from({ length: ENTRIES }, (_, i) => ({
	index: (1_000 + i) as Index,
	term: 3 as Term,
	kind: ENTRY_KIND.command,
	data: new Uint8Array(320).fill(i),
}));
const append: Envelope = {
	from: 1 as Slot,
	to: 2 as Slot,
	term: 3 as Term,
	message: { kind: 'append_request', previousIndex: 999 as Index, previousTerm: 3 as Term, entries, commit: 990 as Index },
};
const envelope = encodeEnvelope(append);
const frame = encodeFrame(envelope, crc32);

function times(count: number, work: () => void): () => void {
	return () => {
		for (let i = 0; i < count; i++) {
			work();
		}
	};
}

await repeat('codec', [
	{ name: 'decode a put', operations: ROUNDS, run: times(ROUNDS, () => decodePut(put)) },
	{ name: `encode an append of ${ENTRIES} entries`, operations: APPENDS, run: times(APPENDS, () => encodeEnvelope(append)) },
	{ name: `decode an append of ${ENTRIES} entries`, operations: APPENDS, run: times(APPENDS, () => decodeEnvelope(envelope)) },
	{ name: `frame and checksum that append (${envelope.length} bytes)`, operations: APPENDS, run: times(APPENDS, () => encodeFrame(envelope, crc32)) },
	{ name: 'check and cut that frame out of a stream', operations: APPENDS, run: times(APPENDS, () => new FrameReader(crc32).push(frame)) },
]);
