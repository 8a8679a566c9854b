/** What the frame between two threads costs: packing and copying, and unpacking, 100 messages of a put. Run: node --import tsx bench/micro/frame.ts */
import { type RequestId, toRequestId } from '../../src/base/brand.ts';
import { decodeFrame, encodeFrame } from '../../src/protocol/frame.ts';
import type { Propose } from '../../src/protocol/messages.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { repeat } from './repeat.ts';

const MESSAGES = 100;
const FRAMES = 2_000;
const COMMAND_BYTES = 320;

const requestIds: readonly RequestId[] = Array.from({ length: MESSAGES }, (_, i) => toRequestId(1, i));
const messages = requestIds.map(
	(requestId): Propose => ({
		kind: 'propose',
		onlyTerm: null,
		requestId,
		entryKind: ENTRY_KIND.command,
		command: new Uint8Array(COMMAND_BYTES).fill(7),
	}),
);
const frame = encodeFrame(messages);

await repeat('frame', [
	{
		name: `pack and copy a frame of ${MESSAGES} proposals`,
		operations: FRAMES,
		run: () => {
			for (let i = 0; i < FRAMES; i++) {
				encodeFrame(messages);
			}
		},
	},
	{
		name: `unpack a frame of ${MESSAGES} proposals`,
		operations: FRAMES,
		run: () => {
			for (let i = 0; i < FRAMES; i++) {
				decodeFrame(frame);
			}
		},
	},
	{
		name: 'pack and copy a frame of one proposal',
		operations: FRAMES * 10,
		run: () => {
			const one = messages.slice(0, 1);
			for (let i = 0; i < FRAMES * 10; i++) {
				encodeFrame(one);
			}
		},
	},
]);
