/** The rules between options, and the assembly of the Config. Everything is checked here, before the data directory is touched. */
import { assert, unreachable } from '../base/assert.ts';
import { accessOf, brokenAccess } from './access.ts';
import { authSettingsOf, brokenAuth } from './auth-settings.ts';
import type { ClusterMember, Config, ConfigLogLevel } from './config.ts';
import { brokenDiscovery, discoveryOf } from './discovery-config.ts';
import { brokenGates, gateWarnings, isGateOpen } from './feature-gates.ts';
import { brokenLogging, loggingOf } from './logging.ts';
import { type OptionName, shownDefault } from './options.ts';
import { makePlacement } from './placement.ts';
import { type AutoCompaction, parseRetention } from './retention.ts';
import { brokenSecurity, securityWarnings, tlsSettingsOf } from './security-check.ts';
import { badConfig, good, type Result, type Setting } from './setting.ts';
import { contradiction, profileOf } from './tuning-profile.ts';
import { quoteShort, readValues, type Values } from './values.ts';

const HEARTBEATS_PER_ELECTION_MIN = 5;
const REQUEST_BYTES_WARNED = 10 * 2 ** 20;
const QUOTA_BYTES_WARNED = 8 * 2 ** 30;
/** etcd's. */
const QUOTA_BYTES_DEFAULT = 2 * 2 ** 30;

export interface CheckedConfig {
	readonly config: Config;
	readonly warnings: readonly string[];
}

export function checkSettings(settings: readonly Setting[]): Result<CheckedConfig> {
	const read = readValues(settings);
	if (!read.ok) {
		return read;
	}
	const values = read.value;
	const given = new Map(settings.map((setting) => [setting.name, setting]));
	const initialCluster =
		values['initial-cluster'].length > 0 ? values['initial-cluster'] : [{ name: values.name, urls: values['initial-advertise-peer-urls'] }];
	const broken = RULES.map((rule) => rule({ values, given, initialCluster })).find((outcome) => outcome !== null);
	if (broken !== undefined && broken !== null) {
		const { option, rule } = broken;
		const setting = given.get(option);
		return badConfig(`${setting?.label ?? `--${option}`}: ${quoteShort(setting?.text ?? shownDefault(option))} ${rule}`);
	}
	return good({ config: assemble(values, initialCluster), warnings: warningsOf(values) });
}

function warningsOf(values: Values): string[] {
	const warnings: string[] = [];
	if (values['max-request-bytes'] > REQUEST_BYTES_WARNED) {
		const recommended = `more than the recommended ${REQUEST_BYTES_WARNED}: large requests delay all others`;
		warnings.push(`--max-request-bytes: ${values['max-request-bytes']} is ${recommended}`);
	}
	if (values['quota-backend-bytes'] > QUOTA_BYTES_WARNED) {
		warnings.push(`--quota-backend-bytes: ${values['quota-backend-bytes']} is more than the recommended ${QUOTA_BYTES_WARNED}`);
	}
	if (values['quota-backend-bytes'] < 0) {
		warnings.push(`--quota-backend-bytes: ${values['quota-backend-bytes']} turns the quota off: the store may grow until its disk is full`);
	}
	if (values['discovery-fallback'] === 'proxy') {
		warnings.push('--discovery-fallback: proxy: has no effect: there is no proxy mode, so a member for which discovery has no place ends');
	}
	if (values['unsafe-no-fsync']) {
		warnings.push(
			'--unsafe-no-fsync: NOTHING IS FLUSHED: a power cut may lose what was acknowledged, and so break the cluster for good; for tests only',
		);
	}
	return [...warnings, ...gateWarnings(values), ...securityWarnings(values)];
}

interface Facts {
	readonly values: Values;
	readonly given: ReadonlyMap<OptionName, Setting>;
	readonly initialCluster: readonly ClusterMember[];
}
type Rule = (facts: Facts) => { readonly option: OptionName; readonly rule: string } | null;

/** In the order in which they are reported. */
const RULES: readonly Rule[] = [
	({ values }) => (/^$|[,=]/.test(values.name) ? { option: 'name', rule: 'must not be empty nor contain "," or "="' } : null),
	({ values, given }) =>
		!isDirectoryGiven(given) && /[/\\]/.test(values.name)
			? { option: 'name', rule: 'cannot be part of the name of the data directory: give --data-dir' }
			: null,
	tuningAgrees,
	({ values }) =>
		profileOf(values.tuning) === null && values['election-timeout'] < HEARTBEATS_PER_ELECTION_MIN * values['heartbeat-interval']
			? {
					option: 'election-timeout',
					rule: `must be at least ${HEARTBEATS_PER_ELECTION_MIN} times --heartbeat-interval (${values['heartbeat-interval']})`,
				}
			: null,
	({ given }) =>
		given.has('listen-client-urls') && !given.has('advertise-client-urls')
			? { option: 'listen-client-urls', rule: 'needs --advertise-client-urls: the addresses under which clients reach this member' }
			: null,
	({ values }) => {
		const shared = values['listen-peer-urls'].find((url) => values['listen-client-urls'].includes(url) && !url.endsWith(':0'));
		return shared === undefined ? null : { option: 'listen-peer-urls', rule: `must not share a URL with --listen-client-urls (${shared})` };
	},
	({ values }) => brokenDiscovery(values),
	({ values }) => brokenSecurity(values),
	({ values }) => brokenAccess(values),
	({ values }) => brokenLogging(values),
	({ values }) => brokenGates(values),
	({ values }) => brokenAuth(values),
	clusterNamesThisMember,
	({ values }) =>
		values['lane-bytes-max'] < values['max-request-bytes']
			? { option: 'lane-bytes-max', rule: `must be at least --max-request-bytes (${values['max-request-bytes']})` }
			: null,
	({ values }) => {
		const parsed = parseRetention(values['auto-compaction-mode'], values['auto-compaction-retention']);
		return 'rule' in parsed ? { option: 'auto-compaction-retention', rule: parsed.rule } : null;
	},
	({ values }) => {
		const placed = makePlacement({ placement: values.placement, lanes: { api: values['api-lanes'], watch: values['watch-lanes'] }, cores: 1 });
		return placed.ok ? null : { option: 'placement', rule: placed.rule };
	},
];

function tuningAgrees({ values, given }: Facts): ReturnType<Rule> {
	return contradiction(values.tuning, {
		heartbeatMs: values['heartbeat-interval'],
		electionMs: values['election-timeout'],
		isHeartbeatGiven: given.has('heartbeat-interval'),
		isElectionGiven: given.has('election-timeout'),
	});
}

/** etcd compares after resolving names; here the words must be the same, since member ids are hashes of the words. */
function clusterNamesThisMember({ values, initialCluster }: Facts): ReturnType<Rule> {
	const self = initialCluster.find((member) => member.name === values.name);
	if (self === undefined) {
		return { option: 'initial-cluster', rule: `must list this member's name (${values.name})` };
	}
	const advertised = values['initial-advertise-peer-urls'];
	if (self.urls.join() !== advertised.join()) {
		return {
			option: 'initial-cluster',
			rule: `must list for ${values.name} the URLs of --initial-advertise-peer-urls (${advertised.join()})`,
		};
	}
	return null;
}

function isDirectoryGiven(given: ReadonlyMap<OptionName, Setting>): boolean {
	return (given.get('data-dir')?.text ?? '') !== '';
}

function assemble(values: Values, initialCluster: readonly ClusterMember[]): Config {
	const discovery = discoveryOf(values);
	return deepFreeze({
		name: values.name,
		dataDir: values['data-dir'] === '' ? `${values.name}.quorate` : values['data-dir'],
		listenClientUrls: values['listen-client-urls'],
		listenClientHttpUrls: values['listen-client-http-urls'],
		listenMetricsUrls: values['listen-metrics-urls'],
		listenPeerUrls: values['listen-peer-urls'],
		advertiseClientUrls: values['advertise-client-urls'],
		initialAdvertisePeerUrls: values['initial-advertise-peer-urls'],
		initialCluster,
		initialClusterToken: discovery.kind === 'v2' || discovery.kind === 'v3' ? shownDefault('initial-cluster-token') : values['initial-cluster-token'],
		discovery,
		v2WriteRouting: values['v2-write-routing'],
		joinsExisting: values['initial-cluster-state'] === 'existing',
		strictReconfigCheck: values['strict-reconfig-check'],
		maxLearners: values['max-learners'],
		heartbeatMs: profileOf(values.tuning)?.heartbeatMs ?? values['heartbeat-interval'],
		electionMs: profileOf(values.tuning)?.electionMs ?? values['election-timeout'],
		tunes: values.tuning === 'auto',
		initialElectionTickAdvance: values['initial-election-tick-advance'],
		preVote: values['pre-vote'],
		snapshotCount: values['snapshot-count'],
		catchUpEntries: values['snapshot-catchup-entries'],
		maxRequestBytes: values['max-request-bytes'],
		gateway: values['enable-grpc-gateway'],
		maxTxnOps: values['max-txn-ops'],
		maxConcurrentStreams: values['max-concurrent-streams'],
		watchProgressMs: values['watch-progress-notify-interval'],
		quotaBytes: values['quota-backend-bytes'] === 0 ? QUOTA_BYTES_DEFAULT : values['quota-backend-bytes'],
		autoCompaction: autoCompactionOf(values),
		corruptCheckMs: values['corrupt-check-time'],
		compactHashCheckMs: values['compact-hash-check-time'],
		initialCorruptCheck: values['experimental-initial-corrupt-check'] || isGateOpen(values, 'InitialCorruptCheck'),
		clientTls: tlsSettingsOf(values, 'client'),
		peerTls: tlsSettingsOf(values, 'peer'),
		selfSignedYears: values['self-signed-cert-validity'],
		access: accessOf(values),
		auth: authSettingsOf(values),
		dashboardWrites: values['dashboard-writes'],
		laneConnectionsMax: values['lane-connections-max'],
		laneAddressConnectionsMax: values['lane-address-connections-max'],
		warningUnaryRequestDurationMs: values['warning-unary-request-duration'],
		warningApplyDurationMs: values['warning-apply-duration'],
		keepAlive: {
			minTimeMs: values['grpc-keepalive-min-time'],
			intervalMs: values['grpc-keepalive-interval'],
			timeoutMs: values['grpc-keepalive-timeout'],
		},
		socketReusePort: values['socket-reuse-port'],
		enablePprof: values['enable-pprof'],
		forceNewCluster: values['force-new-cluster'],
		unsafeNoFsync: values['unsafe-no-fsync'],
		logging: loggingOf(values),
		logLevel: toLogLevel(values['log-level']),
		placement: values.placement,
		apiLanes: values['api-lanes'],
		watchLanes: values['watch-lanes'],
		turnMessages: values['turn-messages'],
		turnMilliseconds: values['turn-milliseconds'],
		laneRequestsMax: values['lane-requests-max'],
		laneBytesMax: values['lane-bytes-max'],
	});
}

/** Checked by RULES before. */
function autoCompactionOf(values: Values): AutoCompaction {
	const parsed = parseRetention(values['auto-compaction-mode'], values['auto-compaction-retention']);
	assert(!('rule' in parsed), 'a retention that breaks its rule is refused before');
	return parsed;
}

/** panic exists for etcd's sake: nothing here panics without being fatal. */
function toLogLevel(level: Values['log-level']): ConfigLogLevel {
	switch (level) {
		case 'debug':
		case 'info':
		case 'warn':
		case 'error':
			return level;
		case 'panic':
		case 'fatal':
			return 'fatal';
		default:
			return unreachable(level);
	}
}

function deepFreeze<T extends object>(value: T): T {
	for (const child of Object.values(value)) {
		if (typeof child === 'object' && child !== null) {
			deepFreeze(child);
		}
	}
	return Object.freeze(value);
}
