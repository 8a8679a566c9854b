/**
 * The two links to one member, and what is told of them: one report a loss, one log line a change. Kept by peer-network.ts.
 */
import type { Slot } from '../base/brand.ts';
import type { Random } from '../base/random.ts';
import type { Logger } from '../ports/logger.ts';
import type { LatencyFigures } from '../ports/peer-figures.ts';
import type { PeerAddress } from '../ports/peer-links.ts';
import { CHANNEL, type Channel } from '../protocol/messages.ts';
import { HourTrips } from './hour-trips.ts';
import type { PeerRequest } from './peer-http-client.ts';
import { PeerLink } from './peer-link.ts';
import { LatencyMeter } from './peer-meters.ts';
import { STREAM_PATHS } from './peer-server.ts';
import type { PeerTiming } from './peer-timing.ts';
import type { Traffic } from './peer-traffic.ts';
import { RecentTrips } from './recent-trips.ts';

export interface OutgoingPeerPorts {
	readonly timing: PeerTiming;
	readonly random: Random;
	readonly logger: Logger;
	readonly request: (address: PeerAddress, path: string, attempt: number) => PeerRequest;
	/** The other side says that this member has left the cluster. */
	readonly gone: () => void;
	/** An established connection was lost; once for both, until one is up again. */
	readonly lost: (member: Slot) => void;
	readonly traffic: Traffic;
}

/** Two heartbeats: a check is made every ten (peer-timing.ts). */
const CHECKS_A_LATE_TRIP = 5;
const CHANNEL_NAMES = { [CHANNEL.control]: 'control', [CHANNEL.bulk]: 'bulk' } as const;

export class OutgoingPeer {
	/** Changes when the member publishes other peer URLs: the next dial uses it. */
	address: PeerAddress;
	readonly #ports: OutgoingPeerPorts;
	readonly #control: PeerLink;
	readonly #bulk: PeerLink;
	#isLossReported = false;
	/** The last failure that was logged, by channel: the same one again is not news. */
	readonly #logged = new Map<Channel, string>();
	readonly #latency = new LatencyMeter();
	/** Of the connection that heartbeats take. */
	readonly #recent = new RecentTrips();
	readonly #hour: HourTrips;

	constructor(address: PeerAddress, ports: OutgoingPeerPorts) {
		this.address = address;
		this.#ports = ports;
		this.#hour = new HourTrips(ports.timing.checkMilliseconds / CHECKS_A_LATE_TRIP);
		this.#control = this.#openLink(CHANNEL.control);
		this.#bulk = this.#openLink(CHANNEL.bulk);
	}

	send(channel: Channel, replaceable: boolean, bytes: Uint8Array): void {
		const link = channel === CHANNEL.control ? this.#control : this.#bulk;
		link.send(bytes, replaceable);
	}

	flush(): void {
		this.#control.flush();
		this.#bulk.flush();
	}

	check(): void {
		this.#control.check();
		this.#bulk.check();
	}

	/** Heartbeats get there. */
	get isUp(): boolean {
		return this.#control.isUp;
	}

	/** Somebody looks: a fresh round trip is on its way. */
	probe(): void {
		this.#control.probe();
	}

	figures(): LatencyFigures {
		const link = {
			recent: this.#recent.figures(performance.now()),
			hour: this.#hour.figures(performance.now()),
			unanswered: this.#control.unansweredMilliseconds,
			isUp: this.#control.isUp,
		};
		return this.#latency.figures(this.address.id, link);
	}

	close(): void {
		this.#control.close();
		this.#bulk.close();
	}

	#openLink(channel: Channel): PeerLink {
		const { timing, random, request } = this.#ports;
		const options = {
			timing,
			random,
			isSilenceFatal: channel === CHANNEL.control,
			request: (attempt: number) => request(this.address, STREAM_PATHS[channel], attempt),
		};
		return new PeerLink(options, {
			up: () => this.#up(channel),
			answered: (milliseconds) => {
				this.#latency.succeed(milliseconds);
				this.#ports.traffic.answered(milliseconds);
				if (channel === CHANNEL.control) {
					const trip = { at: performance.now(), milliseconds };
					this.#recent.note(trip);
					this.#hour.note(trip);
				}
			},
			gone: () => this.#ports.gone(),
			down: (wasUp, reason) => this.#down(channel, wasUp, reason),
			dropped: (frames) => this.#log('debug', 'dropped frames to a peer', channel, { frames }),
		});
	}

	#up(channel: Channel): void {
		this.#isLossReported = false;
		this.#logged.delete(channel);
		this.#log('info', 'established a connection to a peer', channel, {});
	}

	#down(channel: Channel, wasUp: boolean, reason: string): void {
		this.#latency.fail();
		this.#ports.traffic.sentFailures += 1;
		this.#ports.traffic.disconnected += wasUp ? 1 : 0;
		if (this.#logged.get(channel) !== reason) {
			this.#logged.set(channel, reason);
			this.#log('warn', wasUp ? 'lost a connection to a peer' : 'could not connect to a peer', channel, { reason });
		}
		if (!wasUp) {
			return;
		}
		// A host that answers no probe has lost the bulk connection too, which alone would find out only by a full buffer.
		if (channel === CHANNEL.control) {
			this.#bulk.drop('the control connection was lost');
			this.#hour.noteLost(performance.now());
		}
		if (!this.#isLossReported) {
			this.#isLossReported = true;
			this.#ports.lost(this.address.slot);
		}
	}

	#log(level: 'debug' | 'info' | 'warn', message: string, channel: Channel, fields: Readonly<Record<string, string | number>>): void {
		this.#ports.logger.log(level, message, { peer: this.address.id, channel: CHANNEL_NAMES[channel], ...fields });
	}
}
