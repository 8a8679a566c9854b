/** The store never holds what a crash could take from the log: entries are on the own disk before they are applied (design section 4, "Boot"; reliability.md I11). */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { isDurable } from './promised-log.ts';

export class AppliedBehindPersisted extends Blind {
	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		if (message.kind === 'apply') {
			message.terms.forEach((term, i) => {
				const index = message.first + i;
				demand(
					isDurable(place.log.promised, index, term),
					'applied behind persisted',
					() => `member ${place.slot} applies entry ${index} of term ${term}, which is not on its disk`,
				);
			});
		}
	}
}
