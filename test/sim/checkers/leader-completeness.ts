/** A committed entry is in the log of every later leader: Raft paper figure 3, "Leader Completeness"; reliability.md I4. */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import type { ShadowLogs } from './shadow-logs.ts';
import type { StateMachineSafety } from './state-machine-safety.ts';

export class LeaderCompleteness extends Blind {
	readonly #shadows: ShadowLogs;
	readonly #applied: StateMachineSafety;

	constructor(shadows: ShadowLogs, applied: StateMachineSafety) {
		super();
		this.#shadows = shadows;
		this.#applied = applied;
	}

	override told(place: Place, _from: Address, to: string, message: AnyMessage): void {
		if (message.kind !== 'role_changed' || message.role !== 'leader' || to !== 'peer/0') {
			return;
		}
		const first = this.#shadows.firstOf(place.slot);
		for (const { index, term } of this.#applied.entries.slice(Math.max(0, first - 1))) {
			// What was committed in a later term says nothing about a leader of this one, who may have been asleep.
			if (index >= first && term < message.term) {
				const held = this.#shadows.termAt(place.slot, index);
				demand(
					held === term,
					'leader completeness',
					() =>
						`member ${place.slot} leads term ${message.term} with ${held === null ? 'nothing' : `term ${held}`} at ${index}, committed is term ${term}`,
				);
			}
		}
	}
}
