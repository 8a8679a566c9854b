/** Which ports each thread gets: one channel for each pair of actors that may talk (protocol/routes.ts) and live on two threads. */
import { MessageChannel } from 'node:worker_threads';
import { TARGETS } from '../protocol/routes.ts';
import type { ThreadTask } from './control.ts';
import { type Address, addressKey } from './host.ts';

type ThreadPorts = ThreadTask['ports'];

export function wirePorts(threads: readonly (readonly Address[])[]): ThreadPorts[] {
	const ports: ThreadPorts[number][][] = threads.map(() => []);
	const actors = threads.flatMap((group, thread) => group.map((address) => ({ address, thread })));
	for (const [i, a] of actors.entries()) {
		for (const b of actors.slice(i + 1)) {
			if (a.thread !== b.thread && mayTalk(a.address, b.address)) {
				const { port1, port2 } = new MessageChannel();
				ports[a.thread]?.push({ local: a.address, remote: b.address, port: port1 });
				ports[b.thread]?.push({ local: b.address, remote: a.address, port: port2 });
			}
		}
	}
	return ports;
}

function mayTalk(a: Address, b: Address): boolean {
	const fromA: readonly string[] = TARGETS[a.role];
	const fromB: readonly string[] = TARGETS[b.role];
	return addressKey(a) !== addressKey(b) && (fromA.includes(b.role) || fromB.includes(a.role));
}
