/**
 * The watch hub: the watchers of the v3 keyspace, fed from the store's history. The store says only how far it has got; the hub reads
 * what happened by itself, once for all its live watchers. Here are the requests and the words of the answers, etcd's
 * (reference/etcd-surface.md 2.7); who is brought forward when is watch-feed.ts's business, and who gets what watch-delivery.ts's.
 *
 *   changed ------> [visible] --flush--> a slice of history --> one response for all with the same events and id --> lanes
 *   watch_create -> live, or behind: a sweep through history, a slice in a turn of its own
 *   watch_taken --> parked watchers go on
 */
import { unreachable } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import type { Metric } from '../base/metric.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';
import type { Turn } from '../ports/turn.ts';
import type { WatchCancel, WatchClose, WatchCreate, WatchProgress, WatchTaken } from '../protocol/messages.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { HeaderIds, ResponseHeader } from '../rpc/response-header.ts';
import {
	encodeHeaderField,
	encodeWatchCanceled,
	encodeWatchCompacted,
	encodeWatchCreated,
	encodeWatchProgress,
	encodeWatchRefused,
	NO_WATCH_ID,
} from '../rpc/watch-responses.ts';
import { isEmpty, toWatchedKeys, type WatchedKeys } from '../watch/watched-keys.ts';
import { toWatchId, WATCH_FLAG, Watcher, type WatchId, type WatchStream } from '../watch/watcher.ts';
import type { Actor, Outbox } from './actor.ts';
import { Parcel, WatchDelivery } from './watch-delivery.ts';
import { WatchFeed } from './watch-feed.ts';
import { watchMetrics } from './watch-metrics.ts';
import { WatchProgressTimer } from './watch-progress.ts';
import { WatchStreams } from './watch-streams.ts';

export interface WatchOptions {
	readonly ids: HeaderIds;
	/** The store's generation when this actor starts. */
	readonly generation: number;
	/** A quiet watcher that asked for progress hears of it so often. */
	readonly progressTicks: number;
	/** A response with fragments is cut near this size. */
	readonly fragmentBytes: number;
	/** Records of history that are read in one go: for the live watchers in a turn, and for those behind. */
	readonly sliceRecords: number;
}

export interface WatchPorts {
	readonly outbox: Outbox<'watch'>;
	readonly readers: ReaderProvider;
	/** Catching up goes in slices, each in a turn of its own. */
	readonly turn: Turn;
}

/** etcd's words, which clients may compare. */
const REASONS = {
	emptyRange: 'mvcc: watcher range is empty',
	duplicateId: 'mvcc: duplicate watch ID provided on the WatchStream',
	tooManyStreams: 'etcdserver: too many watch streams on the member',
} as const;

export class WatchActor implements Actor<'watch'> {
	readonly #options: WatchOptions;
	readonly #ports: WatchPorts;
	readonly #streams = new WatchStreams();
	readonly #feed: WatchFeed;
	readonly #delivery: WatchDelivery;
	readonly #progress: WatchProgressTimer;
	#term = 0;
	/** The header as of now, as a field. */
	#headerField: Uint8Array | null = null;
	#isScheduled = false;

	constructor(options: WatchOptions, ports: WatchPorts) {
		this.#options = options;
		this.#ports = ports;
		this.#delivery = new WatchDelivery(this.#streams, options.fragmentBytes, (watcher, from) => this.#feed.handBack(watcher, from));
		this.#progress = new WatchProgressTimer(options.progressTicks);
		this.#feed = new WatchFeed(options.sliceRecords, ports.readers, {
			deliver: (interest) => {
				this.#headerField ??= encodeHeaderField(this.#header());
				this.#delivery.deliver(interest, this.#headerField);
			},
			hasRoom: (watcher) => this.#streams.hasRoom(watcher.stream),
			compacted: (watcher, compactRevision) => {
				this.#streams.remove(watcher);
				this.#delivery.answer(watcher.stream, encodeWatchCompacted(this.#header(), watcher.id, compactRevision));
			},
		});
	}

	start(): void {
		this.#feed.start(this.#options.generation);
	}

	receive(message: Inbox<'watch'>): void {
		switch (message.kind) {
			case 'changed':
				this.#feed.changed(message);
				this.#headerField = null;
				break;
			case 'role_changed':
				this.#term = message.term;
				this.#headerField = null;
				break;
			case 'watch_create':
				this.#create(message);
				break;
			case 'watch_cancel':
				this.#cancel(message);
				break;
			case 'watch_progress':
				this.#askProgress(message);
				break;
			case 'watch_taken':
				this.#taken(message);
				break;
			case 'watch_close':
				this.#close(message);
				break;
			default:
				unreachable(message);
		}
	}

	tick(): void {
		const parcel = new Parcel((id) => encodeWatchProgress(this.#header(), id));
		this.#progress.tick((stream) => this.#reportProgress(stream, parcel));
	}

	flush(): void {
		this.#feed.advance();
		if (this.#feed.isUpToDate) {
			this.#progress.answer((stream) => this.#answerProgress(stream));
		}
		this.#delivery.flush(this.#ports.outbox);
		this.#schedule();
	}

	/** What was counted here, when somebody asks. */
	metrics(): readonly Metric[] {
		const { visibleRevision, liveRevision, liveWatchers } = this.#feed;
		const { size, watchers } = this.#streams;
		const { events } = this.#delivery;
		return watchMetrics({ streams: size, watchers, live: liveWatchers, events, revisionsBehind: visibleRevision - liveRevision });
	}

	drain(): void {}

	isDrained(): boolean {
		return true;
	}

	/** After the last turn: the store may be closed. */
	close(): void {
		this.#feed.close();
	}

	#schedule(): void {
		if (!this.#isScheduled && this.#feed.isBehind) {
			this.#isScheduled = true;
			this.#ports.turn.run(() => {
				this.#isScheduled = false;
				// The slice of the live watchers is flush's, which follows.
				this.#feed.sweep();
			});
		}
	}

	#create(message: WatchCreate): void {
		const stream = this.#streams.open(message.lane, message.stream);
		if (stream === null) {
			this.#delivery.answerUncounted(message.lane, message.stream, encodeWatchRefused(this.#header(), REASONS.tooManyStreams));
			return;
		}
		const asked = toWatchId(message.watchId);
		const keys = toWatchedKeys(message.key, message.rangeEnd);
		const reason = this.#whyRefused(stream, asked, keys, message.startRevision);
		if (reason !== null) {
			this.#delivery.answer(stream, encodeWatchRefused(this.#header(), reason));
			return;
		}
		const now = Math.max(message.stamp, this.#feed.visibleRevision);
		const next = message.startRevision > 0 ? message.startRevision : now + 1;
		const watcher = new Watcher(stream, asked === 0 ? stream.freeId() : asked, keys, flagsOf(message), next);
		this.#streams.add(watcher);
		if (message.progressNotify) {
			this.#progress.include(stream);
		}
		this.#delivery.answer(stream, encodeWatchCreated({ ...this.#header(), revision: now }, watcher.id));
		this.#feed.place(watcher);
	}

	/** In the order in which etcd finds it. */
	#whyRefused(stream: WatchStream, asked: WatchId, keys: WatchedKeys, startRevision: number): string | null {
		if (startRevision < 0) {
			return CODES.compacted.text;
		}
		if (isEmpty(keys)) {
			return REASONS.emptyRange;
		}
		return asked !== 0 && stream.watchers.has(asked) ? REASONS.duplicateId : this.#streams.whyFull(stream);
	}

	/** As in etcd there is no answer for a watcher that does not exist. */
	#cancel(message: WatchCancel): void {
		const watcher = this.#streams.find(message.lane, message.stream)?.watchers.get(toWatchId(message.watchId));
		if (watcher !== undefined) {
			this.#remove(watcher);
			this.#delivery.answer(watcher.stream, encodeWatchCanceled(this.#header(), watcher.id));
		}
	}

	#taken({ lane, streams, bytes }: WatchTaken): void {
		for (let i = 0; i < streams.length; i++) {
			const stream = this.#streams.find(lane, streams[i] as number);
			// A stream that has been closed is owed nothing.
			if (stream !== null) {
				this.#streams.taken(stream, bytes[i] as number);
				if (stream.parked !== null && this.#streams.hasMuchRoom(stream)) {
					for (const watcher of [...stream.parked]) {
						stream.unpark(watcher);
						this.#feed.place(watcher);
					}
				}
			}
		}
	}

	#close(message: WatchClose): void {
		const stream = this.#streams.find(message.lane, message.stream);
		if (stream !== null) {
			for (const watcher of [...stream.watchers.values()]) {
				this.#remove(watcher);
			}
			this.#progress.forget(stream);
			this.#streams.close(stream);
		}
	}

	#remove(watcher: Watcher): void {
		this.#feed.remove(watcher);
		this.#streams.remove(watcher);
	}

	#askProgress(message: WatchProgress): void {
		const stream = this.#streams.find(message.lane, message.stream);
		if (stream !== null && stream.watchers.size > 0) {
			this.#progress.ask(stream);
		}
	}

	/** One answer for all that was asked: nothing up to this revision is unsent for any watcher of the stream (etcd 15220). */
	#answerProgress(stream: WatchStream): boolean {
		if (stream.watchers.size === 0) {
			return true;
		}
		if (stream.parked !== null || !this.#streams.hasRoom(stream)) {
			return false;
		}
		for (const watcher of stream.watchers.values()) {
			if (!this.#feed.isSynced(watcher)) {
				return false;
			}
		}
		this.#delivery.answer(stream, encodeWatchProgress(this.#header(), NO_WATCH_ID));
		return true;
	}

	/** The watchers that asked for it and have had nothing since the last time. Whether the stream has any that ask. */
	#reportProgress(stream: WatchStream, parcel: Parcel): boolean {
		let asks = false;
		for (const watcher of stream.watchers.values()) {
			if (watcher.has(WATCH_FLAG.progress)) {
				asks = true;
				if (watcher.has(WATCH_FLAG.quiet) && this.#feed.isSynced(watcher) && this.#streams.hasRoom(stream)) {
					this.#delivery.send(parcel, watcher);
				}
				watcher.flags |= WATCH_FLAG.quiet;
			}
		}
		return asks;
	}

	#header(): ResponseHeader {
		return { ids: this.#options.ids, revision: this.#feed.visibleRevision, term: this.#term };
	}
}

function flagsOf(message: WatchCreate): number {
	return (
		(message.noPut ? WATCH_FLAG.noPut : 0) |
		(message.noDelete ? WATCH_FLAG.noDelete : 0) |
		(message.prevKv ? WATCH_FLAG.prevKv : 0) |
		(message.fragment ? WATCH_FLAG.fragment : 0) |
		(message.progressNotify ? WATCH_FLAG.progress | WATCH_FLAG.quiet : 0)
	);
}
