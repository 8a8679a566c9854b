/**
 * What a hop between two actors' threads costs: a frame there and a frame back over a MessagePort, with packing, as the host sends them.
 * Run: node --import tsx bench/micro/hop.ts
 */
import { fileURLToPath } from 'node:url';
import { isMainThread, MessageChannel, type MessagePort, Worker, workerData } from 'node:worker_threads';
import { toRequestId } from '../../src/base/brand.ts';
import { decodeFrame, encodeFrame } from '../../src/protocol/frame.ts';
import type { Propose } from '../../src/protocol/messages.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { repeat } from './repeat.ts';

const ROUND_TRIPS = 5_000;

interface Task {
	readonly role: 'asker' | 'echo';
	readonly port: MessagePort;
}

/** Asks on command: so many round trips of so many messages, one after the other; answers with the milliseconds that they took. */
interface Order {
	readonly messages: number;
	readonly roundTrips: number;
}

async function main(): Promise<void> {
	const { port1, port2 } = new MessageChannel();
	const start = (role: Task['role'], port: MessagePort): Worker =>
		new Worker(fileURLToPath(import.meta.url), { workerData: { role, port } satisfies Task, transferList: [port] });
	const asker = start('asker', port1);
	const echo = start('echo', port2);
	const order = (messages: number, roundTrips: number): Promise<number> => {
		// An error in a thread has no listener and so ends the bench.
		const answer = new Promise<number>((resolve) => asker.once('message', resolve));
		asker.postMessage({ messages, roundTrips } satisfies Order);
		return answer;
	};
	await repeat('hop', [
		{ name: 'round trip of one message', operations: ROUND_TRIPS, run: () => order(1, ROUND_TRIPS) },
		{ name: 'round trip of a frame of 100 messages', operations: ROUND_TRIPS / 5, run: () => order(100, ROUND_TRIPS / 5) },
	]);
	await Promise.all([asker.terminate(), echo.terminate()]);
}

function answerFrames(port: MessagePort): void {
	port.on('message', (frame: ArrayBuffer) => {
		const reply = encodeFrame(decodeFrame(frame));
		port.postMessage(reply, [reply]);
	});
}

function askOnCommand(
	port: MessagePort,
	commands: { on(event: 'message', heard: (order: Order) => void): void },
	done: (took: number) => void,
): void {
	commands.on('message', ({ messages, roundTrips }) => {
		const sent = Array.from(
			{ length: messages },
			(_, i): Propose => ({
				kind: 'propose',
				onlyTerm: null,
				requestId: toRequestId(0, i),
				entryKind: ENTRY_KIND.command,
				command: new Uint8Array(320),
			}),
		);
		let left = roundTrips;
		const began = performance.now();
		const ask = (): void => {
			const frame = encodeFrame(sent);
			port.postMessage(frame, [frame]);
		};
		port.removeAllListeners('message');
		port.on('message', (frame: ArrayBuffer) => {
			decodeFrame(frame);
			left -= 1;
			if (left === 0) {
				done(performance.now() - began);
			} else {
				ask();
			}
		});
		ask();
	});
}

if (isMainThread) {
	await main();
} else {
	const { parentPort } = await import('node:worker_threads');
	const { role, port } = workerData as Task;
	if (role === 'echo' || parentPort === null) {
		answerFrames(port);
	} else {
		const parent = parentPort;
		askOnCommand(port, parent, (took) => parent.postMessage(took));
	}
}
