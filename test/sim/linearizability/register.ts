/** A key as a register, the model for check.ts: writes always succeed, a read must see the value of the write before it. Keys are independent, so each is checked apart. */
import type { Interval, Model } from './check.ts';

/** null: the key is not there. */
export type RegisterAction =
	| { readonly kind: 'write'; readonly value: string | null }
	| { readonly kind: 'read'; readonly value: string | null }
	/** A write that took place because the register held this. */
	| { readonly kind: 'swap'; readonly expected: string | null; readonly value: string | null };

export const REGISTER: Model<string | null, RegisterAction> = {
	initial: null,
	step(state, action) {
		switch (action.kind) {
			case 'write':
				return action.value === null ? ABSENT : action.value;
			case 'read':
				return held(state) === action.value ? (state ?? ABSENT) : null;
			case 'swap':
				return held(state) === action.expected ? (action.value ?? ABSENT) : null;
		}
	},
	nameOf: (state) => state ?? ABSENT,
};

/** A value that no client writes: null means "does not fit" to the search. */
const ABSENT = '\u0000absent';

function held(state: string | null): string | null {
	return state === ABSENT ? null : state;
}

export interface KeyInterval extends Interval<RegisterAction> {
	readonly key: string;
}

export function byKey(history: readonly KeyInterval[]): ReadonlyMap<string, readonly KeyInterval[]> {
	const parts = new Map<string, KeyInterval[]>();
	for (const interval of history) {
		const part = parts.get(interval.key);
		if (part === undefined) {
			parts.set(interval.key, [interval]);
		} else {
			part.push(interval);
		}
	}
	return parts;
}
