/**
 * The option table: flags, environment, file keys, help and config/default.yml all derive from it.
 * It is data only: values.ts reads one value, check.ts holds the rules between options, foreign-options.ts lists etcd's other flags.
 */
import { LANE_BYTES_MAX, LANE_REQUESTS_MAX, TURN_MESSAGES_MAX, TURN_MILLISECONDS_MAX } from '../base/limits.ts';
import { AUTH_OPTIONS } from './auth-options.ts';
import { DASHBOARD_OPTIONS } from './dashboard-options.ts';
import { DISCOVERY_OPTIONS } from './discovery-options.ts';
import { LIMIT_OPTIONS } from './limit-options.ts';
import { LOGGING_ALIASES, LOGGING_OPTIONS } from './logging-options.ts';
import { OPERATION_ALIASES, OPERATION_OPTIONS } from './operation-options.ts';
import type { OptionSpec } from './option-spec.ts';
import { SECURITY_ALIASES, SECURITY_OPTIONS } from './security-options.ts';
import { SPACE_OPTIONS } from './space-options.ts';
import { TUNINGS } from './tuning-profile.ts';

const MEBIBYTE = 2 ** 20;

export const OPTIONS = {
	name: {
		group: 'member',
		type: 'text',
		default: 'default',
		help: 'Name of this member, for people.',
	},
	'data-dir': {
		group: 'member',
		type: 'text',
		default: '',
		shownDefault: '<name>.quorate',
		help: 'Directory that holds the log and the store. One process at a time may use it.',
	},
	'listen-client-urls': {
		group: 'member',
		type: 'urls',
		use: 'listen',
		default: 'http://localhost:2379',
		help: 'URLs to serve clients on (gRPC and HTTP on the same port): http, https, unix or unixs. An IP address or localhost. With it, --advertise-client-urls is required.',
	},
	'listen-peer-urls': {
		group: 'member',
		type: 'urls',
		use: 'listen',
		default: 'http://localhost:2380',
		help: 'URLs to serve the other members on. An IP address or localhost.',
	},
	'advertise-client-urls': {
		group: 'member',
		type: 'urls',
		use: 'advertise',
		default: 'http://localhost:2379',
		help: 'Client URLs of this member that the cluster publishes to clients.',
	},
	'initial-advertise-peer-urls': {
		group: 'cluster',
		type: 'urls',
		use: 'advertise',
		default: 'http://localhost:2380',
		help: 'Peer URLs of this member, as the other members reach it.',
	},
	'initial-cluster': {
		group: 'cluster',
		type: 'cluster',
		default: '',
		shownDefault: '<name>=<initial-advertise-peer-urls>',
		help: 'The first members: name=url,name=url. A name with several URLs is repeated.',
	},
	'initial-cluster-state': {
		group: 'cluster',
		type: 'choice',
		choices: ['new', 'existing'],
		default: 'new',
		help: 'new: the members listed form a cluster. existing: this member was added to a running one, which the list describes, and joins it.',
	},
	'initial-cluster-token': {
		group: 'cluster',
		type: 'text',
		default: 'etcd-cluster',
		help: 'Tells clusters apart that were made with the same URLs.',
	},
	...DISCOVERY_OPTIONS,
	'strict-reconfig-check': {
		group: 'membership',
		type: 'boolean',
		default: true,
		help: 'Refuse changes of membership that could cost the cluster its majority.',
	},
	'max-learners': {
		group: 'membership',
		type: 'integer',
		unit: 'members',
		min: 0,
		max: 1000,
		default: 1,
		help: 'Most learners (members without a vote) at a time.',
	},
	'heartbeat-interval': {
		group: 'timing',
		type: 'integer',
		unit: 'ms',
		min: 1,
		max: 10_000,
		default: 100,
		help: 'Time between two heartbeats of the leader.',
	},
	'election-timeout': {
		group: 'timing',
		type: 'integer',
		unit: 'ms',
		min: 5,
		max: 50_000,
		default: 1000,
		help: 'A member that hears no leader for this long starts an election. At least 5 heartbeat intervals.',
	},
	'initial-election-tick-advance': {
		group: 'timing',
		type: 'boolean',
		default: true,
		help: 'At boot, count most of the first election timeout as waited already.',
	},
	'pre-vote': {
		group: 'timing',
		type: 'boolean',
		default: true,
		help: 'Ask whether an election could be won before holding one, so that a member that was away does not disturb the leader.',
	},
	'snapshot-count': {
		group: 'timing',
		type: 'integer',
		unit: 'entries',
		min: 1,
		max: 1_000_000_000,
		default: 10_000,
		help: 'Applied entries between two compactions of the log.',
	},
	'snapshot-catchup-entries': {
		group: 'timing',
		type: 'integer',
		unit: 'entries',
		min: 0,
		max: 1_000_000_000,
		default: 5000,
		help: 'Entries that a compaction leaves in the log for slow followers.',
	},
	'max-request-bytes': {
		group: 'limits',
		type: 'integer',
		unit: 'bytes',
		min: 1024,
		max: 32 * MEBIBYTE,
		default: 1_572_864,
		help: 'Largest request of a client.',
	},
	'enable-grpc-gateway': {
		group: 'limits',
		type: 'boolean',
		default: true,
		help: 'Serve the JSON gateway at /v3.',
	},
	'max-txn-ops': {
		group: 'limits',
		type: 'integer',
		unit: 'operations',
		min: 1,
		max: 1_000_000,
		default: 128,
		help: 'Most operations in one branch of a transaction.',
	},
	'max-concurrent-streams': {
		group: 'limits',
		type: 'integer',
		unit: 'streams',
		min: 1,
		max: 2 ** 32 - 1,
		default: 2 ** 32 - 1,
		help: 'Most requests at a time on one HTTP/2 connection.',
	},
	'watch-progress-notify-interval': {
		group: 'limits',
		type: 'duration',
		min: 100,
		max: 24 * 3_600_000,
		default: '10m0s',
		help: 'A watcher that asked for progress and has seen no event for so long is told how far it is.',
	},
	...SPACE_OPTIONS,
	...SECURITY_OPTIONS,
	...AUTH_OPTIONS,
	...LIMIT_OPTIONS,
	...DASHBOARD_OPTIONS,
	...OPERATION_OPTIONS,
	...LOGGING_OPTIONS,
	'config-file': {
		group: 'program',
		type: 'text',
		default: '',
		flagOnly: true,
		help: 'YAML or JSON file with these options. With it, all other flags and the environment are ignored. Also ETCD_CONFIG_FILE.',
	},
	version: {
		group: 'program',
		type: 'boolean',
		default: false,
		flagOnly: true,
		help: 'Print the version and exit.',
	},
	help: {
		group: 'program',
		type: 'boolean',
		default: false,
		flagOnly: true,
		help: 'Print this text and exit.',
	},
	tuning: {
		group: 'quorate',
		type: 'choice',
		choices: TUNINGS,
		default: 'off',
		help: 'Times for kinds of links: lan (50 and 500 ms), cloud (150 and 1500), wan (300 and 3000); auto: the leader measures, and all members change together. The same on every member.',
	},
	placement: {
		group: 'quorate',
		type: 'text',
		default: 'auto',
		help: 'Which actors share a thread. auto: own from four cores on, else single. own: each has its own. single: all on one. Or groups such as raft+log+peer,store,watch+api.',
	},
	'api-lanes': {
		group: 'quorate',
		type: 'integer',
		unit: 'lanes',
		min: 1,
		max: 64,
		default: 1,
		help: 'Actors that serve clients. Each has a thread of its own, unless placement puts api with another role.',
	},
	'watch-lanes': {
		group: 'quorate',
		type: 'integer',
		unit: 'lanes',
		min: 1,
		max: 64,
		default: 1,
		help: 'Actors that hold watchers. Each serves some of the api lanes, and has a thread of its own unless placement puts watch with another role.',
	},
	'turn-messages': {
		group: 'quorate',
		type: 'integer',
		unit: 'messages',
		min: 1,
		max: 100_000,
		default: TURN_MESSAGES_MAX,
		help: 'An actor handles at most this many messages before it flushes its results.',
	},
	'turn-milliseconds': {
		group: 'quorate',
		type: 'integer',
		unit: 'ms',
		min: 1,
		max: 1000,
		default: TURN_MILLISECONDS_MAX,
		help: 'An actor works at most this long before it flushes its results.',
	},
	'lane-requests-max': {
		group: 'quorate',
		type: 'integer',
		unit: 'requests',
		min: 1,
		max: 1_000_000,
		default: LANE_REQUESTS_MAX,
		help: 'Requests that one api lane may have outstanding. Beyond: "etcdserver: too many requests".',
	},
	'lane-bytes-max': {
		group: 'quorate',
		type: 'integer',
		unit: 'bytes',
		min: MEBIBYTE,
		max: 4096 * MEBIBYTE,
		default: LANE_BYTES_MAX,
		help: 'Bytes of requests that one api lane may have outstanding.',
	},
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Older names, and the options that they stand for now (reference/etcd-surface.md 4.3). */
export const ALIASES: ReadonlyMap<string, OptionName> = new Map<string, OptionName>([
	...Object.entries(SECURITY_ALIASES),
	...Object.entries(OPERATION_ALIASES),
	...Object.entries(LOGGING_ALIASES),
]);

/** The option that an older name stands for; any other name as it is. */
export function currentName(name: string): string {
	return ALIASES.get(name) ?? name;
}

export function isOptionName(name: string): name is OptionName {
	return Object.hasOwn(OPTIONS, name);
}

/** The table's row under its general type. */
export function optionSpec(name: OptionName): OptionSpec {
	return OPTIONS[name];
}

/** ETCD_LISTEN_CLIENT_URLS for etcd's options, QUORATE_API_LANES for quorate's own. */
export function environmentName(name: OptionName): string {
	const prefix = OPTIONS[name].group === 'quorate' ? 'QUORATE_' : 'ETCD_';
	return prefix + name.toUpperCase().replaceAll('-', '_');
}

/** The default as help and default.yml show it. */
export function shownDefault(name: OptionName): string {
	const spec = optionSpec(name);
	return ('shownDefault' in spec ? spec.shownDefault : undefined) ?? String(spec.default);
}
