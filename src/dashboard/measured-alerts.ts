/**
 * The alerts of etcd's mixin that are about rates and times (reference/dashboards.md 5.3), judged by what the page has seen of each member's metrics, a
 * minute at most. What can be told from one look is judged by the member itself (api/dashboard/alerts.ts). Used by app.tsx.
 */
import type { Alert, ClusterState, MemberRow } from '../ports/dashboard-state.ts';
import { showBytes, showMs } from './format.ts';
import { titleOf } from './member-title.ts';
import { increases, type Look, millisecondsOf, totalOf } from './metric-lines.ts';

const MILLISECONDS_A_SECOND = 1_000;
/** Rates over less say nothing. */
const SPAN_MILLISECONDS_MIN = 10_000;
const FAILED_WARNING = 0.01;
const FAILED_CRITICAL = 0.05;
/** Of one call in five that fails there would be an alert. */
const CALLS_MIN = 20;
const FAILURES: ReadonlySet<string> = new Set([
	'Unknown',
	'FailedPrecondition',
	'ResourceExhausted',
	'Internal',
	'Unavailable',
	'DataLoss',
	'DeadlineExceeded',
]);
const CALL_MILLISECONDS = 150;
const FLUSH_WARNING_MILLISECONDS = 500;
const FLUSH_CRITICAL_MILLISECONDS = 1_000;
const COMMIT_MILLISECONDS = 250;
const PROPOSALS_A_SECOND = 5;
const GROWTH_MILLISECONDS = 4 * 3_600_000;
const FRAGMENTED_BYTES = 100 * 2 ** 20;
const FRAGMENTED_SHARE = 0.5;
const IN_USE = 'etcd_mvcc_db_total_size_in_use_in_bytes';

export function measuredAlerts({ members }: ClusterState, looks: ReadonlyMap<string, readonly Look[]>): readonly Alert[] {
	return members.flatMap((member) => {
		const seen = looks.get(member.id) ?? [];
		const [first, last] = [seen[0], seen.at(-1)];
		if (member.isStale || first === undefined || last === undefined || last.at - first.at < SPAN_MILLISECONDS_MIN) {
			return fragmented(member);
		}
		const name = titleOf(member);
		const span = { first, last };
		return [...calls(name, span), ...disks(name, seen), ...proposals(name, span), ...growth(member, span), ...fragmented(member)];
	});
}

interface Span {
	readonly first: Look;
	readonly last: Look;
}

function calls(member: string, { first, last }: Span): readonly Alert[] {
	const count = (isCounted: (code: string) => boolean): ReadonlyMap<string, number> =>
		increases(first, last, ({ name, labels }) =>
			name === 'grpc_server_handled_total' && isCounted(labels['grpc_code'] ?? '') ? `${labels['grpc_service']}/${labels['grpc_method']}` : null,
		);
	const failed = count((code) => FAILURES.has(code));
	return [...count(() => true)].flatMap(([method, all]): readonly Alert[] => {
		const [grpc_service = '', grpc_method = ''] = method.split('/');
		const found: Alert[] = [];
		const share = all === 0 ? 0 : (failed.get(method) ?? 0) / all;
		if (all >= CALLS_MIN && share > FAILED_WARNING) {
			found.push({
				name: 'etcdHighNumberOfFailedGRPCRequests',
				severity: share > FAILED_CRITICAL ? 'critical' : 'warning',
				cause: `${(100 * share).toFixed(1)} % of the calls of ${method} at ${member} failed.`,
				remedy: 'See which codes in the load view: without a leader or quota calls fail at once, with a slow majority by their deadline.',
			});
		}
		const which = { name: 'grpc_server_handling_seconds', labels: { grpc_service, grpc_method, grpc_type: 'unary' } };
		const p99 = all < CALLS_MIN || grpc_method === 'Defragment' ? null : millisecondsOf([first, last], which, 0.99);
		if (p99 !== null && p99 > CALL_MILLISECONDS) {
			found.push({
				name: 'etcdGRPCRequestsSlow',
				severity: 'critical',
				cause: `The p99 of ${method} at ${member} is ${showMs(p99)} ms.`,
				remedy: 'See where a write spends its time, in the view of the leader latency, and the slow requests in the load view.',
			});
		}
		return found;
	});
}

function disks(member: string, seen: readonly Look[]): readonly Alert[] {
	const found: Alert[] = [];
	const flush = millisecondsOf(seen, { name: 'etcd_disk_wal_fsync_duration_seconds' }, 0.99);
	if (flush !== null && flush > FLUSH_WARNING_MILLISECONDS) {
		found.push({
			name: 'etcdHighFsyncDurations',
			severity: flush > FLUSH_CRITICAL_MILLISECONDS ? 'critical' : 'warning',
			cause: `Flushes of the log of ${member} take up to ${showMs(flush)} ms (p99).`,
			remedy: 'The disk is slow or busy: see what else writes to it, and give the log a disk of its own.',
		});
	}
	const commit = millisecondsOf(seen, { name: 'etcd_disk_backend_commit_duration_seconds' }, 0.99);
	if (commit !== null && commit > COMMIT_MILLISECONDS) {
		found.push({
			name: 'etcdHighCommitDurations',
			severity: 'warning',
			cause: `Commits of the store of ${member} take up to ${showMs(commit)} ms (p99).`,
			remedy: 'Memory is short, or the machine is: commits do not wait for the disk, but for pages that have to be read from it.',
		});
	}
	return found;
}

function proposals(member: string, { first, last }: Span): readonly Alert[] {
	const name = 'etcd_server_proposals_failed_total';
	const rate = (MILLISECONDS_A_SECOND * (totalOf(last.samples, name) - totalOf(first.samples, name))) / (last.at - first.at);
	if (rate <= PROPOSALS_A_SECOND) {
		return [];
	}
	const remedy = 'There was no leader, or no majority in time: see the elections and who is late in the view of the leader latency.';
	return [
		{ name: 'etcdHighNumberOfFailedProposals', severity: 'warning', cause: `${rate.toFixed(1)} proposals a second of ${member} failed.`, remedy },
	];
}

function growth({ state, ...member }: MemberRow, { first, last }: Span): readonly Alert[] {
	const quota = state?.quotaBytes ?? 0;
	const used = totalOf(last.samples, IN_USE);
	const rate = (used - totalOf(first.samples, IN_USE)) / (last.at - first.at);
	if (quota <= 0 || used + rate * GROWTH_MILLISECONDS < quota) {
		return [];
	}
	const cause = `The store of ${titleOf(member)} grows by ${showBytes(rate * MILLISECONDS_A_SECOND)} a second: the quota is reached within four hours if it goes on.`;
	return [
		{
			name: 'etcdExcessiveDatabaseGrowth',
			severity: 'warning',
			cause,
			remedy: 'See who writes, and let the history be compacted: --auto-compaction-retention.',
		},
	];
}

/** Harmless here, where freed pages are used again: but whoever knows the alert asks for it. */
function fragmented({ state, ...member }: MemberRow): readonly Alert[] {
	if (state === null || state.usedBytes <= FRAGMENTED_BYTES || state.usedBytes >= FRAGMENTED_SHARE * state.fileBytes) {
		return [];
	}
	const cause = `The store of ${titleOf(member)} uses ${showBytes(state.usedBytes)} of a file of ${showBytes(state.fileBytes)}.`;
	const remedy = 'Nothing: free pages are used again. To give them back to the disk, remove the member and let it join anew.';
	return [{ name: 'etcdDatabaseHighFragmentationRatio', severity: 'warning', cause, remedy }];
}
