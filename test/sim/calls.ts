/** A simulated client's streaming calls: opened at a lane of a process, cut off with it. Used by watch-client.ts and lease-client.ts; the plain requests are client.ts's. */
import type { RpcStream, RpcStreamEvents } from '../../src/ports/rpc-engine.ts';
import type { Process } from './process.ts';
import type { Timeline } from './timeline.ts';

export interface CallListener {
	/** False: it does not keep up, until `drained` is called. */
	message(bytes: Uint8Array): boolean;
	ended(status: number, words: string): void;
}

/** After the end of the call nothing here does anything. */
export interface OpenCall {
	send(bytes: Uint8Array): void;
	halfClose(): void;
	drained(): void;
	cancel(): void;
}

export function openCall(process: Process, timeline: Timeline, lane: number, path: string, listener: CallListener): OpenCall {
	let events: RpcStreamEvents | null = null;
	let isOver = false;
	const run = (work: (events: RpcStreamEvents) => void): void =>
		process.onLane(lane, () => {
			if (!isOver && events !== null) {
				work(events);
			}
		});
	process.onLane(lane, ({ rpc }, seat) => {
		const method = rpc.find(path);
		if (method === undefined || typeof method === 'string' || method.shape !== 'stream') {
			throw new Error(`no streaming method ${path}: ${method}`);
		}
		let isOpen = true;
		const released = (work: () => void): void => seat.whenReleased(() => timeline.after(DELIVERY, work));
		const stream: RpcStream = {
			metadata: () => null,
			connection: {},
			remoteAddress: '',
			certificateName: null,
			send: (bytes) => {
				if (!isOpen || isOver) {
					return true;
				}
				const copy = bytes.slice();
				released(() => {
					if (!isOver && !listener.message(copy)) {
						isClogged = true;
					}
				});
				return !isClogged;
			},
			end: (status, words) => {
				if (isOpen) {
					isOpen = false;
					released(() => {
						if (!isOver) {
							isOver = true;
							listener.ended(status, words);
						}
					});
				}
			},
		};
		events = method.open(stream);
	});
	let isClogged = false;
	return {
		send: (bytes) => run((open) => open.message(bytes)),
		halfClose: () => run((open) => open.halfClosed()),
		drained: () => {
			isClogged = false;
			run((open) => open.drained());
		},
		cancel: () => {
			run((open) => {
				isOver = true;
				open.canceled();
			});
		},
	};
}

/** From the member to its client; words of one call keep their order. */
const DELIVERY = 100;
