/** Which process holds the other end of a connection on this machine, from /proc: how a proxy knows who dials. Used by link-proxy.ts. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { withDescendants } from './processes.ts';

export interface SocketPorts {
	readonly localPort: number;
	readonly remotePort: number;
}

/** The one of the given processes, or of what they started, that has a TCP socket bound to the one port and connected to the other; null: none. */
export function ownerOf(ports: SocketPorts, roots: readonly number[]): number | null {
	const inode = inodeOf(ports);
	if (inode === null) {
		return null;
	}
	return roots.find((root) => withDescendants([root]).some((pid) => holds(pid, `socket:[${inode}]`))) ?? null;
}

/** Lines: number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode. */
function inodeOf({ localPort, remotePort }: SocketPorts): string | null {
	const wanted = [hexPort(localPort), hexPort(remotePort)];
	for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
		for (const line of read(table).split('\n').slice(1)) {
			const fields = line.trim().split(/\s+/);
			if (fields[1]?.endsWith(wanted[0] ?? '') === true && fields[2]?.endsWith(wanted[1] ?? '') === true) {
				return fields[9] ?? null;
			}
		}
	}
	return null;
}

function holds(pid: number, target: string): boolean {
	try {
		return readdirSync(`/proc/${pid}/fd`).some((name) => targetOf(pid, name) === target);
	} catch {
		// It has ended.
		return false;
	}
}

function targetOf(pid: number, descriptor: string): string {
	try {
		return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
	} catch {
		return '';
	}
}

function hexPort(port: number): string {
	return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
