/** The log of each member as its core last told it to be, durable or not: rebuilt from the disk at birth and from what raft tells the log. No property by itself. */
import type { Slot } from '../../../src/base/brand.ts';
import type { LogContents } from '../../../src/log/log-store.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { Blind, type Place } from '../witness.ts';
import { durableTerms } from './promised-log.ts';

export class ShadowLogs extends Blind {
	readonly #terms = new Map<Slot, Map<number, number>>();

	/** null: not there, or before what it began with. */
	termAt(slot: Slot, index: number): number | null {
		return this.#terms.get(slot)?.get(index) ?? null;
	}

	firstOf(slot: Slot): number {
		return this.#terms.get(slot)?.keys().next().value ?? 0;
	}

	override opened(place: Place, found: LogContents): void {
		this.#terms.set(place.slot, durableTerms(found));
	}

	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		if (message.kind !== 'append') {
			return;
		}
		const terms = this.#terms.get(place.slot) ?? new Map<number, number>();
		if (message.resetTo !== null) {
			terms.clear();
			terms.set(message.resetTo[0], message.resetTo[1]);
		}
		if (message.truncateFrom !== null) {
			for (let index: number = message.truncateFrom; terms.delete(index); index++) {}
		}
		message.terms.forEach((term, i) => {
			terms.set(message.first + i, term);
		});
	}
}
