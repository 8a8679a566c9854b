/** No log ever drops or replaces a committed entry: thesis 3.6.3; reliability.md I12. The log of a member may be behind, but never contradict. */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { durableTermAt } from './promised-log.ts';
import type { ShadowLogs } from './shadow-logs.ts';
import type { StateMachineSafety } from './state-machine-safety.ts';

export class CommittedStays extends Blind {
	readonly #shadows: ShadowLogs;
	readonly #applied: StateMachineSafety;

	/** Must be told before the shadows are: it looks at the log as it was. */
	constructor(shadows: ShadowLogs, applied: StateMachineSafety) {
		super();
		this.#shadows = shadows;
		this.#applied = applied;
	}

	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		if (message.kind !== 'append' || message.truncateFrom === null) {
			return;
		}
		const index = message.truncateFrom;
		const committed = this.#applied.entries[index - 1];
		const held = this.#shadows.termAt(place.slot, index) ?? durableTermAt(place.log.promised, index);
		demand(
			committed === undefined || held !== committed.term,
			'committed stays',
			() => `member ${place.slot} drops entry ${index} of term ${held}, which is committed`,
		);
	}
}
