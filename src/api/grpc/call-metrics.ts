/** What the meters of all gRPC methods say, under the names of go-grpc-prometheus and of etcd (reference/etcd-surface.md 6.3). */
import type { CallMeter } from '../../base/call-meter.ts';
import { counter, histogram, type Labels, type Metric, type Sample } from '../../base/metric.ts';
import { sampleName } from '../../base/metric-line.ts';

export interface MeteredMethod {
	/** `etcdserverpb.KV` */
	readonly service: string;
	readonly method: string;
	readonly type: 'unary' | 'client_stream' | 'server_stream' | 'bidi_stream';
	readonly meter: CallMeter;
}

/** In the order of their numbers, as grpc-go prints them. */
const CODE_NAMES = [
	'OK',
	'Canceled',
	'Unknown',
	'InvalidArgument',
	'DeadlineExceeded',
	'NotFound',
	'AlreadyExists',
	'PermissionDenied',
	'ResourceExhausted',
	'FailedPrecondition',
	'Aborted',
	'OutOfRange',
	'Unimplemented',
	'Internal',
	'Unavailable',
	'DataLoss',
	'Unauthenticated',
] as const;

export function callMetrics(methods: readonly MeteredMethod[]): readonly Metric[] {
	const each = (read: (meter: CallMeter) => number): readonly Sample[] => methods.map((row) => ({ labels: labelsOf(row), value: read(row.meter) }));
	const sum = (read: (meter: CallMeter) => number): number => methods.reduce((total, { meter }) => total + read(meter), 0);
	const timed = methods.filter(({ meter }) => meter.seconds.sum > 0).map((row) => [labelsOf(row), row.meter.seconds] as const);
	return [
		counter(
			'grpc_server_started_total',
			'Calls that were begun.',
			each(({ started }) => started),
		),
		handledCalls(methods),
		counter(
			'grpc_server_msg_received_total',
			'Messages of requests.',
			each(({ messagesReceived }) => messagesReceived),
		),
		counter(
			'grpc_server_msg_sent_total',
			'Messages of responses.',
			each(({ messagesSent }) => messagesSent),
		),
		histogram('grpc_server_handling_seconds', 'From the beginning of a call to its end, in seconds.', timed),
		counter(
			'etcd_network_client_grpc_received_bytes_total',
			'Bytes of messages of gRPC clients.',
			sum(({ bytesReceived }) => bytesReceived),
		),
		counter(
			'etcd_network_client_grpc_sent_bytes_total',
			'Bytes of messages to gRPC clients.',
			sum(({ bytesSent }) => bytesSent),
		),
		counter('etcd_server_client_requests_total', "Calls by the client's version of the API.", versionsOf(methods)),
	];
}

/** What etcd counts by itself, and the calls' own counts tell: ranges that were answered, which no store hears of, and learners that were promoted. */
export function outcomeMetrics(methods: readonly MeteredMethod[]): readonly Metric[] {
	const succeeded = (name: string): number => methods.find(({ method }) => method === name)?.meter.handled[0] ?? 0;
	const ranges = 'Ranges that were read on this member.';
	return [
		counter('etcd_mvcc_range_total', ranges, succeeded('Range')),
		counter('etcd_debugging_mvcc_range_total', `${ranges} As etcd_mvcc_range_total.`, succeeded('Range')),
		counter('etcd_server_learner_promote_successes', 'Learners that were promoted by requests to this member.', succeeded('MemberPromote')),
	];
}

/** Most methods never meet most codes: the lines of those are told as text. */
function handledCalls(methods: readonly MeteredMethod[]): Metric {
	const values: Sample[] = [];
	let zeros = '';
	for (const row of methods) {
		const lines = zeroLinesOf(row);
		if (row.meter.handled.every((calls) => calls === 0)) {
			zeros += lines.all;
			continue;
		}
		for (const [code, grpc_code] of CODE_NAMES.entries()) {
			const value = row.meter.handled[code] ?? 0;
			if (value === 0) {
				zeros += lines.each[code];
			} else {
				values.push({ labels: { ...labelsOf(row), grpc_code }, value });
			}
		}
	}
	const isKnown = TOLD_ZEROS.get(methods) === zeros;
	TOLD_ZEROS.set(methods, zeros);
	return { ...counter('grpc_server_handled_total', 'Calls that have ended, by code.', values), zeros: isKnown ? null : zeros };
}

interface ZeroLines {
	readonly all: string;
	/** By code. */
	readonly each: readonly string[];
}

/** What was told last: main remembers it, and a hundred kilobytes need not cross threads each second. */
const TOLD_ZEROS = new WeakMap<readonly MeteredMethod[], string>();
const ZERO_LINES = new WeakMap<MeteredMethod, ZeroLines>();

function zeroLinesOf(row: MeteredMethod): ZeroLines {
	const known = ZERO_LINES.get(row);
	if (known !== undefined) {
		return known;
	}
	const each = CODE_NAMES.map((grpc_code) => `${sampleName('grpc_server_handled_total', { ...labelsOf(row), grpc_code })} 0\n`);
	const lines = { all: each.join(''), each };
	ZERO_LINES.set(row, lines);
	return lines;
}

function labelsOf({ service, method, type }: MeteredMethod): Labels {
	return { grpc_type: type, grpc_service: service, grpc_method: method };
}

function versionsOf(methods: readonly MeteredMethod[]): readonly Sample[] {
	const samples = new Map<string, Sample>();
	for (const { type: shape, meter } of methods) {
		const type = shape === 'unary' ? 'unary' : 'stream';
		for (const [version, calls] of meter.versions) {
			const key = `${type} ${version}`;
			const value = (samples.get(key)?.value ?? 0) + calls;
			samples.set(key, { labels: { type, client_api_version: version }, value });
		}
	}
	return [...samples.values()];
}
