/** How many files this process may have open: a flood of connections must not take what the journal and LMDB need. Used by client-front-end.ts. */
import { readFileSync } from 'node:fs';

/** For the data, the peers, the runtime, and what comes and goes. */
const RESERVED = 256;

/** Connections that are safe to have, at most so many; where the system does not say, all of them. share: of how many lanes one asks. */
export function affordableConnections(wanted: number, share: number, text: string | null = readLimits()): number {
	const limit = /^Max open files\s+(\d+)/m.exec(text ?? '')?.[1];
	if (limit === undefined) {
		return wanted;
	}
	return Math.max(1, Math.min(wanted, Math.floor((Number(limit) - RESERVED) / share)));
}

function readLimits(): string | null {
	try {
		return readFileSync('/proc/self/limits', 'utf8');
	} catch {
		return null;
	}
}
