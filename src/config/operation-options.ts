/**
 * The part of the option table (options.ts) about running a member: what is told, the upkeep of connections, and the ways out of trouble.
 * What the feature gates mean is in feature-gates.ts.
 */
import type { OptionSpec } from './option-spec.ts';

const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;

export const OPERATION_OPTIONS = {
	'warning-unary-request-duration': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: HOUR_MILLISECONDS,
		default: '300ms',
		help: 'A request that takes longer is told in the log.',
	},
	'warning-apply-duration': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: HOUR_MILLISECONDS,
		default: '100ms',
		help: 'A command whose execution takes longer is told in the log.',
	},
	'enable-pprof': {
		group: 'operation',
		type: 'boolean',
		default: false,
		help: 'Serve profiles of every thread, as .cpuprofile and .heapsnapshot, below /debug/pprof/ of the client URLs.',
	},
	'feature-gates': {
		group: 'operation',
		type: 'text',
		default: '',
		help: "etcd's gates, as Name=true,Name=false. InitialCorruptCheck has an effect; the others are said to have none.",
	},
	'grpc-keepalive-min-time': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: DAY_MILLISECONDS,
		default: '5s',
		help: 'A gRPC caller that pings more often is cut off (too_many_pings).',
	},
	'grpc-keepalive-interval': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: DAY_MILLISECONDS,
		default: '2h',
		help: 'A gRPC connection on which nothing arrives for so long is sent a ping. 0: none is.',
	},
	'grpc-keepalive-timeout': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: DAY_MILLISECONDS,
		default: '20s',
		help: 'A gRPC connection on which nothing arrives for so long after that ping is closed.',
	},
	'socket-reuse-port': {
		group: 'operation',
		type: 'boolean',
		default: false,
		help: 'Listen with SO_REUSEPORT, so that other processes may listen on the same ports. On Linux.',
	},
	'force-new-cluster': {
		group: 'operation',
		type: 'boolean',
		default: false,
		help: 'DANGER. Make a cluster of one out of the data of one member whose majority is lost for good: the others are removed, and what only they had is gone. None of them may ever be started again. For one start only.',
	},
	'unsafe-no-fsync': {
		group: 'operation',
		type: 'boolean',
		default: false,
		help: 'DANGER. Do not flush: a power cut may lose what was acknowledged, and a member that lost some makes its whole cluster wrong. For tests only.',
	},
} as const satisfies Record<string, OptionSpec>;

/** Older names of the same options (reference/etcd-surface.md 4.3). */
export const OPERATION_ALIASES = {
	'experimental-warning-unary-request-duration': 'warning-unary-request-duration',
	'experimental-warning-apply-duration': 'warning-apply-duration',
} as const satisfies Record<string, keyof typeof OPERATION_OPTIONS>;
