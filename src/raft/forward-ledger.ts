/**
 * The receiving side of forwarded proposals: which were seen already. Links keep order and never send again after a reconnect, so that a
 * sequence at or below the highest seen is a repetition, whatever became of the first copy, and must be neither appended nor refused.
 */
import type { Slot } from '../base/brand.ts';

/** Processes of one member that are remembered: frames of an older one than these are not on any link. */
const BOOTS_PER_MEMBER_MAX = 8;

export class ForwardLedger {
	readonly #highest = new Map<Slot, Map<number, number>>();

	/** Notes proposals [sequence, sequence + count) and says how many of the first are repetitions. */
	admit(from: Slot, boot: number, sequence: number, count: number): number {
		const boots = this.#bootsOf(from);
		const highest = boots.get(boot) ?? 0;
		const repeated = Math.min(count, Math.max(0, highest + 1 - sequence));
		if (repeated < count) {
			boots.set(boot, sequence + count - 1);
			this.#forgetOldest(boots);
		}
		return repeated;
	}

	#bootsOf(from: Slot): Map<number, number> {
		const known = this.#highest.get(from);
		if (known !== undefined) {
			return known;
		}
		const boots = new Map<number, number>();
		this.#highest.set(from, boots);
		return boots;
	}

	#forgetOldest(boots: Map<number, number>): void {
		const oldest = boots.keys().next();
		if (boots.size > BOOTS_PER_MEMBER_MAX && oldest.done !== true) {
			boots.delete(oldest.value);
		}
	}
}
