/**
 * How busy the actors of a quorate member were, from its /metrics: which of them a row leans on. Not for etcd, which has none. Used by the benches that
 * print a line of them beside a row.
 */
const WITHIN_MS = 5_000;
const LINE = /^quorate_actor_busy_seconds_total\{actor="([^"]+)"[^}]*\} (\S+)$/;

/** Seconds of work since the member began, by actor: role/lane. */
export type BusySeconds = ReadonlyMap<string, number>;
/** Of one thread's time, 0 to 1, by actor. */
export type Saturation = Readonly<Record<string, number>>;

/** endpoint: host:port of its client URL. */
export async function readBusy(endpoint: string): Promise<BusySeconds> {
	const answer = await fetch(`http://${endpoint}/metrics`, { signal: AbortSignal.timeout(WITHIN_MS) });
	return parseBusy(await answer.text());
}

export function parseBusy(page: string): BusySeconds {
	const busy = new Map<string, number>();
	for (const line of page.split('\n')) {
		const [, actor, seconds] = LINE.exec(line) ?? [];
		if (actor !== undefined) {
			busy.set(actor, Number(seconds));
		}
	}
	return busy;
}

/** Never below zero, where the member was started anew meanwhile. */
export function saturation(before: BusySeconds, after: BusySeconds, seconds: number): Saturation {
	return Object.fromEntries([...after].map(([actor, until]) => [actor, Math.max(0, until - (before.get(actor) ?? 0)) / seconds]));
}

/** The busiest first, in percent of a thread; those that did next to nothing are left out. */
export function describeSaturation(shares: Saturation): string {
	const told = Object.entries(shares).filter(([, share]) => share >= 0.005);
	return told
		.sort(([, a], [, b]) => b - a)
		.map(([actor, share]) => `${actor} ${(share * 100).toFixed(0)} %`)
		.join('  ');
}
