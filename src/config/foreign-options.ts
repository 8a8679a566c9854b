/**
 * etcd's options that quorate knows and does not have. Those that change nothing a client relies on are accepted and said to be ignored;
 * those whose absence would make the daemon less safe than its owner thinks are refused. An option that is in no table is unknown.
 */

export interface ForeignOption {
	readonly name: string;
	readonly boolean: boolean;
	readonly refused: boolean;
	readonly why: string;
	/** Values of a refused option that ask for nothing. */
	readonly harmless: readonly string[];
}

interface Family {
	readonly why: string;
	readonly values?: string;
	readonly booleans?: string;
	readonly harmless?: readonly string[];
}

const REFUSED: readonly Family[] = [
	{ why: 'there is no proxy mode: run a member, or let clients speak to the members', values: 'proxy', harmless: ['off'] },
	{ why: 'the v2 API has a store of its own here', values: 'experimental-enable-v2v3' },
	{ why: 'a flag of etcd 0.4: use --advertise-client-urls', values: 'addr' },
	{ why: 'a flag of etcd 0.4: use --listen-client-urls', values: 'bind-addr' },
	{ why: 'a flag of etcd 0.4: use --initial-advertise-peer-urls', values: 'peer-addr' },
	{ why: 'a flag of etcd 0.4: use --listen-peer-urls', values: 'peer-bind-addr' },
	{ why: 'a flag of etcd 0.4: use --initial-cluster', values: 'peers peers-file' },
	{ why: 'a flag of etcd 2: gRPC is on the client URLs', values: 'experimental-gRPC-addr' },
	{ why: 'a flag of etcd 3.1: use --auto-compaction-retention', values: 'experimental-auto-compaction-retention', harmless: ['0'] },
];

const IGNORED: readonly Family[] = [
	{ why: 'the v2 API is always served', booleans: 'enable-v2', values: 'v2-deprecation' },
	{ why: 'the log is in the data directory', values: 'wal-dir max-wals max-snapshots' },
	{ why: 'use --max-learners', values: 'experimental-max-learners' },
	{
		why: 'the storage engine is another one',
		values: `backend-bbolt-freelist-type experimental-backend-bbolt-freelist-type backend-batch-interval backend-batch-limit
			compaction-batch-limit experimental-compaction-batch-limit compaction-sleep-interval experimental-compaction-sleep-interval
			bootstrap-defrag-threshold-megabytes experimental-bootstrap-defrag-threshold-megabytes`,
		booleans: `memory-mlock experimental-memory-mlock experimental-txn-mode-write-with-shared-buffer
			experimental-stop-grpc-service-on-defrag`,
	},
	{ why: 'use --log-level=debug', booleans: 'debug' },
	{ why: 'there is one level for all: --log-level', values: 'log-package-levels' },
	{ why: 'the histograms of gRPC, which is what extensive adds, are always told', values: 'metrics' },
	{ why: 'addresses are always used again at once', booleans: 'socket-reuse-address' },
	{ why: 'a link between members is given up after fifty heartbeats without a byte', values: 'raft-read-timeout raft-write-timeout' },
	{ why: 'there is no lower version to go to', values: 'downgrade-check-time experimental-downgrade-check-time' },
	{ why: 'every member speaks with every other version', booleans: 'next-cluster-version-compatible' },
	{ why: 'the port waits for the cluster as long as it takes', values: 'experimental-wait-cluster-ready-timeout' },
	{
		why: 'no traces are sent: see /metrics and --enable-pprof',
		values: `distributed-tracing-address distributed-tracing-service-name distributed-tracing-instance-id distributed-tracing-sampling-rate
			experimental-distributed-tracing-address experimental-distributed-tracing-service-name
			experimental-distributed-tracing-instance-id experimental-distributed-tracing-sampling-rate`,
		booleans: 'enable-distributed-tracing experimental-enable-distributed-tracing',
	},
	{
		why: 'what is left of a lease is always replicated',
		booleans: 'experimental-enable-lease-checkpoint experimental-enable-lease-checkpoint-persist',
	},
	{ why: 'use --corrupt-check-time', values: 'experimental-corrupt-check-time' },
	{ why: 'use --compact-hash-check-time', values: 'experimental-compact-hash-check-time' },
	{ why: 'compactions are compared, unless --compact-hash-check-time is 0', booleans: 'experimental-compact-hash-check-enabled' },
	{ why: 'use --snapshot-catchup-entries', values: 'experimental-snapshot-catchup-entries' },
	{ why: 'use --watch-progress-notify-interval', values: 'experimental-watch-progress-notify-interval' },
	{
		why: 'there is no proxy mode',
		values: 'proxy-failure-wait proxy-refresh-interval proxy-dial-timeout proxy-write-timeout proxy-read-timeout',
	},
	{
		why: 'a flag of etcd 0.4',
		values: `cluster-active-size cluster-remove-delay cluster-sync-interval config max-result-buffer max-retry-attempts
			peer-heartbeat-interval peer-election-timeout retry-interval http-read-timeout http-write-timeout cpuprofile trace`,
		booleans: 'force snapshot v vv f experimental-v3demo',
	},
];

function expand(families: readonly Family[], refused: boolean): ForeignOption[] {
	return families.flatMap(({ why, values = '', booleans = '', harmless = [] }) => [
		...words(values).map((name) => ({ name, boolean: false, refused, why, harmless })),
		...words(booleans).map((name) => ({ name, boolean: true, refused, why, harmless: ['false', ...harmless] })),
	]);
}

function words(text: string): string[] {
	return text.split(/\s+/).filter((word) => word !== '');
}

const ROWS: readonly ForeignOption[] = [...expand(REFUSED, true), ...expand(IGNORED, false)];
const BY_NAME: ReadonlyMap<string, ForeignOption> = new Map(ROWS.map((option) => [option.name, option]));

export function foreignOption(name: string): ForeignOption | null {
	return BY_NAME.get(name) ?? null;
}

export function foreignOptionNames(): readonly string[] {
	return ROWS.map(({ name }) => name);
}
