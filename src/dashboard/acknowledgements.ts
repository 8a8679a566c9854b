/** How long each follower takes to have a batch durable, as the leader has measured it (quorate_append_acknowledged_seconds). */
import { type Look, millisecondsOf } from './metric-lines.ts';

export interface Acknowledged {
	readonly p50: number;
	readonly p99: number;
}

/** By member id, of what was written while the page was open; nobody in it who has acknowledged nothing since. */
export function acknowledgedBy(looks: readonly Look[]): ReadonlyMap<string, Acknowledged> {
	const found = new Map<string, Acknowledged>();
	for (const { name, labels } of looks.at(-1)?.samples.values() ?? []) {
		const { slot, id } = labels;
		if (name === 'quorate_member_slot' && slot !== undefined && id !== undefined) {
			const which = { name: 'quorate_append_acknowledged_seconds', labels: { slot } };
			const [p50, p99] = [millisecondsOf(looks, which, 0.5), millisecondsOf(looks, which, 0.99)];
			if (p50 !== null && p99 !== null) {
				found.set(id, { p50, p99 });
			}
		}
	}
	return found;
}
