/** Counts what goes to and comes from each member, under etcd's names (reference/etcd-surface.md 6.3). Kept by peer-network.ts. */
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { counter, gauge, histogram, type Metric, type Sample } from '../base/metric.ts';

const MILLISECONDS_A_SECOND = 1_000;

class Traffic {
	sentBytes = 0;
	sentFailures = 0;
	receivedBytes = 0;
	receivedFailures = 0;
	disconnected = 0;
	snapshotsSending = 0;
	snapshotsSent = 0;
	snapshotsFailed = 0;
	readonly roundTrips = new Histogram(BUCKETS.e);
	readonly snapshotSeconds = new Histogram(BUCKETS.c);

	/** A probe came back. */
	answered(milliseconds: number): void {
		this.roundTrips.observe(milliseconds / MILLISECONDS_A_SECOND);
	}

	/** A snapshot is streamed by work; whether it was taken. */
	async snapshot(work: Promise<boolean>): Promise<boolean> {
		const began = performance.now();
		this.snapshotsSending += 1;
		const isTaken = await work;
		this.snapshotsSending -= 1;
		if (isTaken) {
			this.snapshotsSent += 1;
			this.snapshotSeconds.observe((performance.now() - began) / MILLISECONDS_A_SECOND);
		} else {
			this.snapshotsFailed += 1;
		}
		return isTaken;
	}
}

export type { Traffic };

/** A member that has left is still told of, as in etcd: its counters say what was. */
export class PeerTraffic {
	readonly #self: string;
	readonly #members = new Map<string, Traffic>();

	/** self: this member's id in hex. */
	constructor(self: string) {
		this.#self = self;
	}

	of(id: string): Traffic {
		const known = this.#members.get(id);
		if (known !== undefined) {
			return known;
		}
		const traffic = new Traffic();
		this.#members.set(id, traffic);
		return traffic;
	}

	/** active: the ids of members to which a connection is up. */
	metrics(active: readonly string[]): readonly Metric[] {
		const each = (label: 'To' | 'From', read: (traffic: Traffic) => number): readonly Sample[] =>
			[...this.#members].map(([id, traffic]) => ({ labels: { [label]: id }, value: read(traffic) }));
		const pair = (Remote: string, value: number): Sample => ({ labels: { Local: this.#self, Remote }, value });
		const row = (name: string, help: string, values: readonly Sample[]): Metric => counter(`etcd_network_${name}`, help, values);
		return [
			row(
				'peer_sent_bytes_total',
				'Bytes of messages to a member.',
				each('To', ({ sentBytes }) => sentBytes),
			),
			row(
				'peer_sent_failures_total',
				'Connections to a member that failed or broke.',
				each('To', ({ sentFailures }) => sentFailures),
			),
			row(
				'peer_received_bytes_total',
				'Bytes of messages from a member.',
				each('From', ({ receivedBytes }) => receivedBytes),
			),
			row(
				'peer_received_failures_total',
				"Connections of a member's that were cut for what came on them.",
				each('From', ({ receivedFailures }) => receivedFailures),
			),
			row(
				'disconnected_peers_total',
				'Connections to a member that broke.',
				[...this.#members].map(([id, { disconnected }]) => pair(id, disconnected)),
			),
			gauge(
				'etcd_network_active_peers',
				'Members to which there is a connection.',
				active.map((id) => pair(id, 1)),
			),
			...this.#distributions(),
			row(
				'snapshot_send_success',
				'Snapshots that a member has taken.',
				each('To', ({ snapshotsSent }) => snapshotsSent),
			),
			row(
				'snapshot_send_failures',
				'Snapshots that a member has not taken.',
				each('To', ({ snapshotsFailed }) => snapshotsFailed),
			),
			gauge(
				'etcd_network_snapshot_send_inflights_total',
				'Snapshots on their way to a member.',
				each('To', ({ snapshotsSending }) => snapshotsSending),
			),
		];
	}

	#distributions(): readonly Metric[] {
		const each = (read: (traffic: Traffic) => Histogram) => [...this.#members].map(([id, traffic]) => [{ To: id }, read(traffic)] as const);
		return [
			histogram(
				'etcd_network_peer_round_trip_time_seconds',
				'From a probe to its answer, on both connections to a member.',
				each(({ roundTrips }) => roundTrips),
			),
			histogram(
				'etcd_network_snapshot_send_total_duration_seconds',
				'Snapshots that a member has taken.',
				each(({ snapshotSeconds }) => snapshotSeconds),
			),
		];
	}
}
