/**
 * No two members ever apply different commands at one index: Raft paper figure 3, "State Machine Safety"; reliability.md I5. With it: each
 * member is given every entry once a boot and in order, and a proposal is applied at one index only (design section 3, "proposals once").
 */
import { decodeCommand } from '../../../src/protocol/command.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

export interface Committed {
	readonly index: number;
	readonly term: number;
	readonly kind: number;
	readonly payload: Uint8Array;
}

export class StateMachineSafety extends Blind {
	/** Entry i is index i + 1. */
	readonly entries: Committed[] = [];
	/** The next index of each process. */
	readonly #next = new Map<number, number>();
	readonly #origins = new Map<string, number>();

	override told(place: Place, from: Address, to: string, message: AnyMessage): void {
		if (message.kind === 'restored') {
			this.#next.set(place.epoch, message.index + 1);
		}
		if (message.kind !== 'apply' || from.role !== 'raft' || to !== 'store/0') {
			return;
		}
		const next = this.#next.get(place.epoch) ?? message.first;
		demand(message.first === next, 'state machine safety', () => `member ${place.slot} is given entry ${message.first}, its next is ${next}`);
		this.#next.set(place.epoch, message.first + message.terms.length);
		message.terms.forEach((term, i) => {
			this.#applies(place, { index: message.first + i, term, kind: message.kinds[i] as number, payload: message.payloads[i] as Uint8Array });
		});
	}

	#applies(place: Place, entry: Committed): void {
		const former = this.entries[entry.index - 1];
		if (former === undefined) {
			demand(
				entry.index === this.entries.length + 1,
				'state machine safety',
				() => `member ${place.slot} applies ${entry.index}, nobody has applied ${this.entries.length + 1}`,
			);
			this.entries.push({ ...entry, payload: entry.payload.slice() });
			this.#once(entry);
			return;
		}
		const isSame = former.term === entry.term && former.kind === entry.kind && Buffer.compare(former.payload, entry.payload) === 0;
		demand(
			isSame,
			'state machine safety',
			() => `entry ${entry.index} was of term ${former.term}; member ${place.slot} applies another, of ${entry.term}`,
		);
	}

	#once({ index, payload }: Committed): void {
		const origin = decodeCommand(payload)?.origin;
		if (origin !== undefined && origin.slot !== 0) {
			const key = `${origin.slot}/${origin.boot}/${origin.requestId}`;
			const former = this.#origins.get(key);
			demand(former === undefined, 'proposals once', () => `the proposal ${key} is committed as entry ${former} and as entry ${index}`);
			this.#origins.set(key, index);
		}
	}
}
