/** At most one leader in a term: Raft paper figure 3, "Election Safety"; reliability.md I1. Seen in what members say of themselves and in what they send. */
import type { Slot } from '../../../src/base/brand.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Envelope } from '../../../src/raft/message.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

export class ElectionSafety extends Blind {
	readonly #leaders = new Map<number, Slot>();

	get elections(): number {
		return this.#leaders.size;
	}

	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		if (message.kind === 'role_changed' && message.role === 'leader') {
			this.#leads(message.term, place.slot);
		}
	}

	override left(place: Place, { term, message }: Envelope): void {
		if (message.kind === 'append_request' || message.kind === 'heartbeat' || message.kind === 'timeout_now') {
			this.#leads(term, place.slot);
		}
	}

	#leads(term: number, slot: Slot): void {
		const former = this.#leaders.get(term) ?? slot;
		demand(former === slot, 'election safety', () => `members ${former} and ${slot} both lead term ${term}`);
		this.#leaders.set(term, slot);
	}
}
