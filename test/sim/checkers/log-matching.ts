/**
 * Two logs that hold an entry of the same index and term hold the same command there, and the same entries before it: Raft paper figure 3,
 * "Log Matching"; reliability.md I3. By induction it is enough that an (index, term) has one content and one term before it.
 */
import { crc32 } from 'node:zlib';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import type { ShadowLogs } from './shadow-logs.ts';

export class LogMatching extends Blind {
	readonly #shadows: ShadowLogs;
	readonly #contents = new Map<string, string>();

	/** The shadows must be told before. */
	constructor(shadows: ShadowLogs) {
		super();
		this.#shadows = shadows;
	}

	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		if (message.kind !== 'append') {
			return;
		}
		message.terms.forEach((term, i) => {
			const index = message.first + i;
			const payload = message.payloads[i] as Uint8Array;
			const previous = index === 1 ? 0 : this.#shadows.termAt(place.slot, index - 1);
			const content = `after ${previous}, kind ${message.kinds[i]}, ${payload.length} bytes, crc ${crc32(payload)}`;
			const former = this.#contents.get(`${index}/${term}`) ?? content;
			demand(former === content, 'log matching', () => `entry ${index} of term ${term} is "${former}" and, on ${place.slot}, "${content}"`);
			this.#contents.set(`${index}/${term}`, content);
		});
	}
}
