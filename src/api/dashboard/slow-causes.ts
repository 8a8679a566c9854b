/**
 * Which member holds writes up now, and by what: the leader's round trips of the last seconds tell of the network, and each member's own flushes of its
 * disk. Only what stands out is named: a cluster whose members are all far from each other has no member at fault. Used by cluster-states.ts.
 */
import type { MemberRow, MemberState, SlowCause } from '../../ports/dashboard-state.ts';

const FLUSHES = 'etcd_disk_wal_fsync_duration_seconds';
/** Flushes are looked at over about so long. */
const WINDOW_MILLISECONDS = 5_000;
/** Below, nothing is slow; above, it has to be so many times what the best member has. */
const TRIP_MILLISECONDS = 15;
const FLUSH_MILLISECONDS = 15;
const TIMES_BEST = 3;
const MILLISECONDS_A_SECOND = 1_000;

interface Flushes {
	/** performance.now() */
	readonly at: number;
	readonly seconds: number;
	readonly count: number;
}

interface Measured {
	readonly member: string;
	readonly milliseconds: number;
}

export class SlowCauses {
	/** Of each member, oldest first. */
	readonly #flushes = new Map<string, readonly Flushes[]>();

	/** What a member has just told of itself. */
	note({ id, metrics }: MemberState, at: number): void {
		const known = this.#flushes.get(id) ?? [];
		const look = { at, seconds: figureOf(metrics, `${FLUSHES}_sum`), count: figureOf(metrics, `${FLUSHES}_count`) };
		// A member that has begun anew counts from nothing.
		const before = known.filter((each) => each.count <= look.count);
		const first = before.findLastIndex((each) => at - each.at >= WINDOW_MILLISECONDS);
		this.#flushes.set(id, [...before.slice(Math.max(0, first)), look]);
	}

	forget(): void {
		this.#flushes.clear();
	}

	/** The worst first. */
	find(members: readonly MemberRow[]): readonly SlowCause[] {
		const leader = members.filter(({ isStale, state }) => !isStale && state?.role === 'leader').toSorted((a, b) => termOf(b) - termOf(a))[0];
		const trips = (leader?.state?.links ?? []).filter(({ isUp, count }) => isUp && count > 0);
		const network = standOut(
			trips.map(({ id, latest, unanswered }) => ({ member: id, milliseconds: Math.max(latest, unanswered ?? 0) })),
			TRIP_MILLISECONDS,
		);
		const disks = standOut(
			members.filter(({ isStale }) => !isStale).flatMap(({ id }) => this.#flushOf(id)),
			FLUSH_MILLISECONDS,
		);
		const causes: SlowCause[] = [
			...network.map((each) => ({ ...each, cause: 'network' as const })),
			...disks.map((each) => ({ ...each, cause: 'disk' as const })),
		];
		return causes.sort((a, b) => b.milliseconds - a.milliseconds);
	}

	/** The mean flush of the last seconds; nothing where there was none. */
	#flushOf(member: string): readonly Measured[] {
		const looks = this.#flushes.get(member) ?? [];
		const [first, last] = [looks[0], looks.at(-1)];
		const flushes = (last?.count ?? 0) - (first?.count ?? 0);
		if (first === undefined || last === undefined || flushes === 0) {
			return [];
		}
		return [{ member, milliseconds: (MILLISECONDS_A_SECOND * (last.seconds - first.seconds)) / flushes }];
	}
}

function standOut(measured: readonly Measured[], least: number): readonly Measured[] {
	return measured.filter((each) => {
		const others = measured.filter(({ member }) => member !== each.member).map(({ milliseconds }) => milliseconds);
		const best = Math.min(...others, each.milliseconds);
		return each.milliseconds >= least && (others.length === 0 || each.milliseconds >= TIMES_BEST * best);
	});
}

function termOf({ state }: MemberRow): number {
	return state?.term ?? 0;
}

function figureOf(metrics: readonly string[], name: string): number {
	const line = metrics.find((each) => each.startsWith(`${name} `));
	return Number(line?.slice(name.length + 1) ?? 0);
}
