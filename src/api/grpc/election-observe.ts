/**
 * Election.Observe: the leader now, and each later one, and what each proclaims, as a stream. Looking and watching take turns: without a leader
 * it watches for a key under the name, with one it watches the leader's key until that is gone. Used by election-service.ts.
 */
import { CODES, GRPC } from '../../base/codes.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { WatchRequest, WatchStream } from '../../ports/watches.ts';
import { etcdserverpb, type mvccpb, v3electionpb } from '../../rpc/generated/messages.js';
import type { Caller, ServedStream } from '../access/served-method.ts';
import { LaneKeys } from '../concurrency/lane-keys.ts';
import { Line } from '../concurrency/line.ts';
import { decoded } from './decoded.ts';
import { endWithCode, headerMessage, IDLE_STREAM, type ServiceContext, UNREADABLE_MESSAGE } from './service-context.ts';

const { LeaderRequest, LeaderResponse } = v3electionpb;
const CLOSED_EARLY = 'election: observe closed early';
const DELETE = 1;
const ONE_KEY = new Uint8Array(0);

export function observeMethod(context: ServiceContext, max: number): ServedStream {
	let count = 0;
	const open = (stream: RpcStream, caller: Caller): RpcStreamEvents => {
		if (count >= max) {
			endWithCode(stream, CODES.too_many_requests.code);
			return IDLE_STREAM;
		}
		count += 1;
		return new Observation(context, { stream, caller }, () => {
			count -= 1;
		});
	};
	return { shape: 'stream', open };
}

class Observation implements RpcStreamEvents {
	readonly #context: ServiceContext;
	readonly #keys: LaneKeys;
	readonly #stream: RpcStream;
	readonly #caller: Caller;
	readonly #left: () => void;
	#request: Uint8Array = ONE_KEY;
	#line: Line | null = null;
	#watch: WatchStream | null = null;
	#isOver = false;

	constructor(context: ServiceContext, { stream, caller }: { readonly stream: RpcStream; readonly caller: Caller }, left: () => void) {
		this.#context = context;
		this.#keys = new LaneKeys(context, caller);
		this.#stream = stream;
		this.#caller = caller;
		this.#left = left;
	}

	message(bytes: Uint8Array): void {
		const request = decoded(() => LeaderRequest.decode(bytes));
		if (request === null) {
			this.#end(GRPC.internal, UNREADABLE_MESSAGE);
		} else if (this.#line === null) {
			this.#request = bytes;
			this.#line = new Line(request.name, this.#keys, this.#context.lane.watches);
			this.#look(this.#line);
		}
	}

	halfClosed(): void {
		if (this.#line === null) {
			this.#end(GRPC.internal, 'cardinality violation: received no request message from non-client-streaming RPC');
		}
	}

	drained(): void {
		this.#watch?.drained();
	}

	canceled(): void {
		this.#finish();
	}

	#look(line: Line): void {
		this.#watch?.close();
		this.#watch = null;
		line.first((outcome) => {
			if (this.#isOver) {
				return;
			}
			this.#caller.note(this.#request, outcome.ok ? '' : outcome.failure.text);
			if (!outcome.ok) {
				this.#end(GRPC.unknown, CLOSED_EARLY);
				return;
			}
			const { revision, kv } = outcome.value;
			if (kv === null) {
				this.#awaitLeader(line, revision + 1);
			} else {
				this.#tell(kv, revision);
				this.#follow(line, kv.key ?? ONE_KEY, revision + 1);
			}
		});
	}

	/** Nobody leads: the first key that is made under the name is the leader's. */
	#awaitLeader(line: Line, startRevision: number): void {
		const request = { key: line.prefix, rangeEnd: line.rangeEnd, startRevision, noDelete: true };
		this.#open(line, request, ({ kv }) => {
			const revision = kv?.mod_revision?.toNumber() ?? 0;
			const isRoom = this.#tell(kv ?? {}, revision);
			this.#watch?.close();
			this.#follow(line, kv?.key ?? ONE_KEY, revision + 1);
			return isRoom;
		});
	}

	/** What the leader proclaims, until its key is gone. */
	#follow(line: Line, key: Uint8Array, startRevision: number): void {
		this.#open(line, { key, rangeEnd: ONE_KEY, startRevision, noDelete: false }, ({ kv, type }) => {
			if (type === DELETE) {
				this.#look(line);
				return true;
			}
			return this.#tell(kv ?? {}, kv?.mod_revision?.toNumber() ?? 0);
		});
	}

	/** hear gives whether there is room for more, and may begin another watch, which ends this one. */
	#open(
		line: Line,
		request: Pick<WatchRequest, 'key' | 'rangeEnd' | 'startRevision' | 'noDelete'>,
		hear: (event: mvccpb.Event.$Properties) => boolean,
	): void {
		const watch = this.#context.lane.watches.open({
			response: (bytes) => {
				const { events, canceled } = etcdserverpb.WatchResponse.decode(bytes);
				let isRoom = true;
				for (const event of events) {
					if (this.#watch === watch) {
						isRoom = hear(event) && isRoom;
					}
				}
				if (canceled && this.#watch === watch) {
					// Compacted: what was said meanwhile is lost, but not who leads.
					this.#look(line);
				}
				return isRoom;
			},
			ended: (code) => {
				if (this.#watch === watch) {
					this.#watch = null;
					this.#isOver = true;
					this.#left();
					endWithCode(this.#stream, code);
				}
			},
		});
		if (typeof watch === 'number') {
			this.#end(CODES.too_many_requests.grpc, CODES.too_many_requests.text);
			return;
		}
		this.#watch = watch;
		watch.create({ watchId: 0n, noPut: false, prevKv: false, fragment: false, progressNotify: false, ...request });
	}

	#tell(kv: mvccpb.KeyValue.$Properties, revision: number): boolean {
		return this.#stream.send(LeaderResponse.encode({ header: headerMessage(this.#context, revision), kv }).finish());
	}

	#end(status: number, message: string): void {
		if (!this.#isOver) {
			this.#finish();
			this.#stream.end(status, message);
		}
	}

	#finish(): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#watch?.close();
			this.#watch = null;
			this.#left();
		}
	}
}
