/**
 * Which callers count as one where something is bounded by address: connections, large answers, long reads, wrong passwords.
 * Used by adapters/connection-gate.ts, adapters/large-answers.ts, api/access/credentials.ts and api/grpc/long-reads.ts.
 */

const NETWORK_HEXTETS = 4;

/** An IPv4 address as it is; of IPv6 the network that one subscriber has, since all of its 2^64 addresses are his. */
export function networkOf(address: string): string {
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
	if (mapped !== undefined || !address.includes(':')) {
		return mapped ?? address;
	}
	const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
	const hextets = head === '' ? [] : head.split(':');
	if (tail !== undefined && hextets.length < NETWORK_HEXTETS) {
		// The gap is as long as it takes to have eight in all, and reaches into the network's half.
		const last = tail === '' ? [] : tail.split(':');
		hextets.push(...new Array<string>(8 - hextets.length - last.length).fill('0'), ...last);
	}
	return hextets.slice(0, NETWORK_HEXTETS).join(':');
}
