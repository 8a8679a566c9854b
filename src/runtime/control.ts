/** What main and a thread say to each other: the life of actors, never their work. */
import type { MessagePort } from 'node:worker_threads';
import type { FatalReason } from '../base/fatal.ts';
import type { MetricsScope } from '../base/shown-metrics.ts';
import type { Config } from '../config/config.ts';
import type { OffloadJob, OffloadResult } from '../protocol/offload-jobs.ts';
import type { Address } from './host.ts';
import type { Load } from './load-meter.ts';

/** Who this member is in this boot; the same for all its actors. */
export interface Self {
	/** 64-bit ids as hex. */
	readonly memberId: string;
	readonly clusterId: string;
	/** 48 random bits of this process. */
	readonly boot: number;
	/** Seeds the election jitter and the reconnect back-off; written to the log. */
	readonly seed: number;
	/** This member in the cluster's table of members. */
	readonly slot: number;
	/** The founding membership command, for a log and a store that are both empty; else null. */
	readonly bootstrap: Uint8Array | null;
}

/** Facts that an actor finds when it opens and a later one needs. */
export interface Facts {
	/** From the log: a store may be made only where there was never anything. */
	readonly isLogEmpty: boolean;
	/** From the store: which of its directories is current. */
	readonly generation: number;
}

/** What a thread is started with: plain JSON, and ports. */
export interface ThreadTask {
	readonly config: Config;
	readonly self: Self;
	readonly actors: readonly Address[];
	readonly control: MessagePort;
	/** For each actor here and each remote one it talks with, one port. */
	readonly ports: readonly { readonly local: Address; readonly remote: Address; readonly port: MessagePort }[];
}

export type ControlRequest =
	| { readonly kind: 'open'; readonly address: Address; readonly facts: Facts }
	| { readonly kind: 'stop_accepting'; readonly address: Address }
	| { readonly kind: 'drain'; readonly address: Address }
	| { readonly kind: 'close'; readonly address: Address }
	| { readonly kind: 'measure' }
	/** Answered by `done` with the metrics of all its actors. */
	| { readonly kind: 'tell_metrics'; readonly scope: MetricsScope }
	/** Answers a thread's `scrape`; not itself answered by anything that counts. */
	| { readonly kind: 'scraped'; readonly scrape: number; readonly page: string }
	/** Answers a thread's `offload`; not itself answered by anything that counts. */
	| { readonly kind: 'offloaded'; readonly job: number; readonly result: OffloadResult }
	| { readonly kind: 'end' };

export interface Numbered {
	readonly id: number;
	readonly request: ControlRequest;
}

export interface Failure {
	readonly reason: FatalReason;
	readonly message: string;
	readonly stack: string;
}

export type ControlReply =
	| {
			readonly kind: 'done';
			readonly id: number;
			readonly facts: Partial<Facts> | null;
			readonly load: Load | null;
			/** A list of Metric (base/metric.ts) as JSON: as one string it costs the thread least. */
			readonly metrics: string | null;
	  }
	/** Something cannot go on: the process must end. */
	| { readonly kind: 'failed'; readonly failure: Failure }
	/** A lane serves: this member is published and has seen a leader. */
	| { readonly kind: 'serving'; readonly lane: number }
	/** Wants a job done off the actors' threads; answered by `offloaded` with this id. */
	| { readonly kind: 'offload'; readonly id: number; readonly job: OffloadJob }
	/** Somebody has asked a lane for the metrics of the whole member; answered by `scraped` with this id. */
	| { readonly kind: 'scrape'; readonly id: number; readonly scope: MetricsScope };
