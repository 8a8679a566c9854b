/**
 * What this member tells dashboards of itself (ports/dashboard-state.ts). Nothing is measured for nobody: all of it is asked for when somebody
 * asks. First fresh probes are sent to the other members, and a moment later it is seen which are back. Used by cluster-states.ts, and through
 * the peer port by those of other members.
 */
import { ALARM, listAlarms } from '../../alarms/table.ts';
import type { ReadView } from '../../base/engine.ts';
import { type MetricsScope, shownMetrics } from '../../base/shown-metrics.ts';
import { QUORATE_VERSION } from '../../base/version.ts';
import { list } from '../../members/table.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { LinkState, MemberState, SlowLists } from '../../ports/dashboard-state.ts';
import type { Lane, MemberProgress } from '../../ports/lane.ts';
import type { LatencyFigures, PeerFigures } from '../../ports/peer-figures.ts';
import type { RaftStatus } from '../../protocol/messages.ts';
import { timesInForce } from './times-in-force.ts';

export interface SeenElection {
	readonly term: number;
	readonly leader: number;
	readonly ticksAgo: number;
	readonly ticksWithout: number | null;
	readonly cause: 'boot' | 'silence' | 'other';
}

/** A lane, and what only the dashboard and /v2/stats ask of it. */
export interface DashboardLane extends Lane {
	inquireFigures(done: (figures: PeerFigures | null) => void): void;
	readonly elections: readonly SeenElection[];
}

export interface OwnStateOptions {
	/** Hex. */
	readonly memberId: string;
	/** As configured: the lanes' ticks are of it. */
	readonly heartbeatMs: number;
	readonly electionMs: number;
	readonly quotaBytes: number;
}

export interface OwnStatePorts {
	readonly lane: DashboardLane;
	readonly slow: () => SlowLists;
	readonly storeSizes: () => { readonly fileBytes: number; readonly usedBytes: number };
	/** The metrics, as a page. */
	readonly scrape: (scope: MetricsScope) => Promise<string>;
}

/** For probes to come back. */
const PROBE_MILLISECONDS = 350;
/** Members on one machine take turns: each begins so much after the one before it in order of ids. Together less than cluster-states.ts waits. */
const TURN_MILLISECONDS = 20;
const TURNS_MAX = 5;
/** So old may be what another asker was told. */
const SHARED_MILLISECONDS = 500;
/** A probe is late after so many heartbeats, and so many times what the slowest of the last minute took. */
const LATE_HEARTBEATS = 2;
const LATE_TRIPS = 3;
/** Less than probes are waited for, so that a busy machine's p99 does not hide a stop for a round; for members far away, where that is too little: */
const LATE_MILLISECONDS = 300;
const LATE_TRIPS_FAR = 1.5;
const SLOW_MAX = 10;
const ALARM_NAMES = { [ALARM.noSpace]: 'NOSPACE', [ALARM.corrupt]: 'CORRUPT' } as const;

export class OwnState {
	readonly #options: OwnStateOptions;
	readonly #ports: OwnStatePorts;
	#telling: Promise<MemberState | null> | null = null;
	/** When the newest was made; infinity while it is not. */
	#toldAt = Number.NEGATIVE_INFINITY;
	readonly #startedAt = Date.now() - process.uptime() * 1_000;

	constructor(options: OwnStateOptions, ports: OwnStatePorts) {
		this.#options = options;
		this.#ports = ports;
	}

	/**
	 * null: raft or the peer actor did not answer, or the store is not there. Who asks while it is made, or soon after, gets the same: with a page open
	 * at each of three members each is asked three times a second.
	 */
	tell(): Promise<MemberState | null> {
		const now = performance.now();
		if (this.#telling === null || now - this.#toldAt > SHARED_MILLISECONDS) {
			this.#toldAt = Number.POSITIVE_INFINITY;
			this.#telling = this.#make().finally(() => {
				this.#toldAt = performance.now();
			});
		}
		return this.#telling;
	}

	async #make(): Promise<MemberState | null> {
		const { lane, scrape } = this.#ports;
		await this.#figures();
		await new Promise((resolve) => setTimeout(resolve, PROBE_MILLISECONDS + TURN_MILLISECONDS * this.#place()));
		const [figures, raft, progress, page] = await Promise.all([
			this.#figures(),
			new Promise<RaftStatus | null>((resolve) => lane.inquireStatus(resolve)),
			new Promise<readonly MemberProgress[] | null>((resolve) => lane.inquireProgress(resolve)),
			scrape('shown'),
		]);
		if (figures === null || raft === null) {
			return null;
		}
		return lane.reader.read((view) => this.#compose(view, { figures, raft, progress: progress ?? [], metrics: shownMetrics(page) }));
	}

	#place(): number {
		const ids = this.#ports.lane.reader.read(list).map(({ id }) => id);
		return Math.max(0, ids.sort().indexOf(this.#options.memberId)) % TURNS_MAX;
	}

	#figures(): Promise<PeerFigures | null> {
		return new Promise((resolve) => this.#ports.lane.inquireFigures(resolve));
	}

	#compose(view: ReadView, { figures, raft, progress, metrics }: Told): MemberState {
		const { memberId, heartbeatMs, quotaBytes } = this.#options;
		const { lane, storeSizes } = this.#ports;
		const members = list(view);
		const idOf = (slot: number): string => members.find((member) => member.slot === slot)?.id ?? '';
		const { fileBytes, usedBytes } = storeSizes();
		const now = Date.now();
		return {
			id: memberId,
			version: QUORATE_VERSION,
			startedAt: this.#startedAt,
			role: lane.leaderView.role,
			term: raft.term,
			leader: idOf(raft.leader),
			learner: lane.isLearner,
			...timesInForce(metrics, this.#options),
			lastIndex: raft.last,
			commit: raft.commit,
			applied: raft.applied,
			revision: currentRevision(view),
			fileBytes,
			usedBytes,
			quotaBytes,
			alarms: listAlarms(view).map(({ kind, memberId: of }) => ({ kind: ALARM_NAMES[kind], member: BigInt.asUintN(64, of).toString(16) })),
			links: figures.members.map((each) => toLink(each, heartbeatMs)),
			progress: progress.map(({ slot, match, isActive }) => ({ id: idOf(slot), match, isActive })),
			elections: lane.elections.map(({ term, leader, ticksAgo, ticksWithout, cause }) => ({
				term,
				leader: idOf(leader),
				at: now - ticksAgo * heartbeatMs,
				leaderlessMs: ticksWithout === null ? null : ticksWithout * heartbeatMs,
				cause,
			})),
			slow: firstOf(this.#ports.slow()),
			metrics,
		};
	}
}

/** For the page, which shows few. */
function firstOf({ minute, hour }: SlowLists): SlowLists {
	return { minute: minute.slice(0, SLOW_MAX), hour: hour.slice(0, SLOW_MAX) };
}

interface Told {
	readonly figures: PeerFigures;
	readonly raft: RaftStatus;
	readonly progress: readonly MemberProgress[];
	readonly metrics: readonly string[];
}

function toLink({ id, current, recent, hour, unanswered, isUp, fail }: LatencyFigures, heartbeatMs: number): LinkState {
	const patience = Math.min(LATE_TRIPS * recent.p99, Math.max(LATE_MILLISECONDS, LATE_TRIPS_FAR * recent.p99));
	const lateAfter = Math.max(LATE_HEARTBEATS * heartbeatMs, patience);
	const isLate = !isUp || (unanswered !== null && unanswered > lateAfter);
	return { id, current, ...recent, hour, unanswered, isLate, isUp, failures: fail };
}
