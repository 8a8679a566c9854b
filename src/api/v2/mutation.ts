/** Which operation the parameters of a PUT, POST or DELETE choose (reference/etcd-surface.md 1.2, below the table). */
import { V2_OPERATION, type V2Operation, type V2Request } from '../../v2/request-codec.ts';
import type { Parameters } from './parameters.ts';

const NANOSECONDS_A_SECOND = 1_000_000_000n;
const NANOSECONDS_A_MILLISECOND = 1_000_000n;

/** path: a byte string (JS characters 0 to 255). now: milliseconds since 1970. */
export function toMutation(method: string, path: string, parameters: Parameters, now: number): V2Request {
	return {
		operation: operationOf(method, parameters),
		path: Buffer.from(path, 'latin1'),
		directory: parameters.dir,
		recursive: parameters.recursive,
		value: Buffer.from(parameters.value, 'latin1'),
		prevValue: Buffer.from(parameters.prevValue, 'latin1'),
		prevIndex: parameters.prevIndex,
		// A deletion shows its nodes whatever noValueOnSuccess says.
		quiet: parameters.noValueOnSuccess && method !== 'DELETE',
		refresh: parameters.refresh,
		now,
		expiration: method === 'PUT' || method === 'POST' ? expirationOf(parameters.ttl, now) : 0,
	};
}

/** As Go counts: in 64 bits of nanoseconds, which wrap. 0: permanent. What wrapped to before 1970 is over at once. */
function expirationOf(ttl: bigint | null, now: number): number {
	if (ttl === null) {
		return 0;
	}
	const nanoseconds = BigInt.asIntN(64, BigInt(now) * NANOSECONDS_A_MILLISECOND + BigInt.asIntN(64, ttl * NANOSECONDS_A_SECOND));
	return Math.max(1, Number(nanoseconds / NANOSECONDS_A_MILLISECOND));
}

function operationOf(method: string, parameters: Parameters): V2Operation {
	const compares = parameters.prevIndex !== 0n || parameters.prevValue !== '';
	if (method === 'DELETE') {
		return compares ? V2_OPERATION.compare_and_delete : V2_OPERATION.delete;
	}
	if (method === 'POST') {
		return V2_OPERATION.create_in_order;
	}
	if (parameters.prevExist === false) {
		return V2_OPERATION.create;
	}
	if (compares) {
		return V2_OPERATION.compare_and_swap;
	}
	return parameters.prevExist === true ? V2_OPERATION.update : V2_OPERATION.set;
}
