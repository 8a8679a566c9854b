/** The log forgets only what a durable checkpoint of the store holds: else a crash leaves a store that nothing can bring up to date (design section 4). */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

export class CompactionBehindCheckpoint extends Blind {
	override told(place: Place, _from: Address, _to: string, message: AnyMessage): void {
		const durable = place.store.durable?.point.index ?? 0;
		if (message.kind === 'compact') {
			demand(
				message.upTo <= durable,
				'compaction behind checkpoint',
				() => `member ${place.slot} drops its log up to ${message.upTo}, its durable checkpoint is at ${durable}`,
			);
		}
		if (message.kind === 'checkpointed' || message.kind === 'restored') {
			demand(
				message.index <= durable,
				'compaction behind checkpoint',
				() => `member ${place.slot} tells of a checkpoint at ${message.index}, on its disk is ${durable}`,
			);
		}
	}
}
