/**
 * What can be asked about this member's health, each question with a word of why not, and how often it was answered which way
 * (reference/etcd-surface.md 6.1). Who asks by which path: health-route.ts.
 */
import { ALARM, listAlarms } from '../../alarms/table.ts';
import { NOBODY } from '../../base/brand.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import { counter, gauge, type Metric } from '../../base/metric.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { Lane } from '../../ports/lane.ts';

/** done gets null, or why it failed; once, now or later. */
type Check = (lane: Lane, done: (failure: string | null) => void) => void;

export type ProbeName = 'livez' | 'readyz';

const CHECKS: Readonly<Record<string, Check>> = {
	data_corruption: ({ reader }, done) => {
		const isCorrupt = reader.read(listAlarms).some(({ kind }) => kind === ALARM.corrupt);
		done(isCorrupt ? 'alarm activated: CORRUPT' : null);
	},
	serializable_read: ({ reader }, done) => {
		// A store that cannot be read ends the process (base/fatal.ts): what is left to fail is the lane, which then answers nothing.
		reader.read(currentRevision);
		done(null);
	},
	linearizable_read: (lane, done) => lane.awaitLinearizable((code) => done(code === CODES.ok.code ? null : textOf(code))),
	non_learner: ({ isLearner }, done) => done(isLearner ? 'not supported for learner' : null),
};

/** What each probe asks, in this order; etcd's order is Go's of a map. */
export const PROBES: Readonly<Record<ProbeName, readonly string[]>> = {
	livez: ['serializable_read'],
	readyz: ['data_corruption', 'serializable_read', 'linearizable_read', 'non_learner'],
};

export interface CheckResult {
	readonly name: string;
	readonly failure: string | null;
}

interface Tally {
	success: number;
	error: number;
	last: 0 | 1;
}

export class HealthChecks {
	readonly #lane: Lane;
	readonly #tallies = new Map<string, Tally>();
	#healthy = 0;
	#unhealthy = 0;

	constructor(lane: Lane) {
		this.#lane = lane;
	}

	/** /health: done gets an empty text, or the reason, of which etcd's clients know some. excluded: names of alarms. */
	ask({ serializable, excluded }: { readonly serializable: boolean; readonly excluded: ReadonlySet<string> }, done: (reason: string) => void): void {
		const finish = (reason: string): void => {
			this.#healthy += reason === '' ? 1 : 0;
			this.#unhealthy += reason === '' ? 0 : 1;
			done(reason);
		};
		const alarm = this.#lane.reader.read(listAlarms).find(({ kind }) => !excluded.has(ALARM_NAMES[kind]));
		if (alarm !== undefined) {
			finish(`ALARM ${ALARM_NAMES[alarm.kind]}`);
		} else if (serializable) {
			this.#lane.reader.read(currentRevision);
			finish('');
		} else if (this.#lane.leaderView.leader === NOBODY) {
			finish('RAFT NO LEADER');
		} else {
			this.#lane.awaitLinearizable((code) => finish(code === CODES.ok.code ? '' : `RANGE ERROR:${textOf(code)}`));
		}
	}

	/** The checks of a probe, all at once; done when all are. Names that are none are passed over. */
	probe(probe: ProbeName, names: readonly string[], done: (results: readonly CheckResult[]) => void): void {
		const failures = new Map<string, string | null>();
		const asked = names.filter((name) => PROBES[probe].includes(name));
		const maybeDone = (): void => {
			if (failures.size === asked.length) {
				done(asked.map((name) => ({ name, failure: failures.get(name) ?? null })));
			}
		};
		for (const name of asked) {
			CHECKS[name]?.(this.#lane, (failure) => {
				this.#count(probe, name, failure === null);
				failures.set(name, failure);
				maybeDone();
			});
		}
		if (asked.length === 0) {
			done([]);
		}
	}

	metrics(): readonly Metric[] {
		const rows = [...this.#tallies].map(([key, tally]) => {
			const [type = '', name = ''] = key.split(' ');
			return { labels: { type, name }, tally };
		});
		return [
			counter('etcd_server_health_success', 'Times that /health said yes.', this.#healthy),
			counter('etcd_server_health_failures', 'Times that /health said no.', this.#unhealthy),
			gauge(
				'etcd_server_healthcheck',
				'The last answer to a check of /livez or /readyz: 1 is yes.',
				rows.map(({ labels, tally }) => ({ labels, value: tally.last })),
				'max',
			),
			counter(
				'etcd_server_healthchecks_total',
				'Checks of /livez and /readyz by their answers.',
				rows.flatMap(({ labels, tally }) => [
					{ labels: { ...labels, status: 'success' }, value: tally.success },
					{ labels: { ...labels, status: 'error' }, value: tally.error },
				]),
			),
		];
	}

	#count(probe: ProbeName, name: string, isSuccess: boolean): void {
		const key = `${probe} ${name}`;
		const tally = this.#tallies.get(key) ?? { success: 0, error: 0, last: 0 };
		tally.success += isSuccess ? 1 : 0;
		tally.error += isSuccess ? 0 : 1;
		tally.last = isSuccess ? 1 : 0;
		this.#tallies.set(key, tally);
	}
}

const ALARM_NAMES = { [ALARM.noSpace]: 'NOSPACE', [ALARM.corrupt]: 'CORRUPT' } as const;

function textOf(code: number): string {
	return codeRow(code)?.text ?? CODES.timeout.text;
}
