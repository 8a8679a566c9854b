/**
 * The slowest unary calls of one lane in the last minute and the last hour, with where the time of writes went; and etcd's line in the log for each that
 * takes longer than --warning-unary-request-duration. A call that is faster than those on the boards costs two comparisons. Opened by
 * workers/api.worker.ts; read by the dashboard and api/http/slow-route.ts.
 */
import type { CallMeter, CallWatch, EndedCall } from '../../base/call-meter.ts';
import type { SlowCall, SlowLists } from '../../ports/dashboard-state.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StageTimes, WriteTimes } from '../../ports/write-stages.ts';
import type { MeteredMethod } from '../grpc/call-metrics.ts';
import { keyOf } from './request-key.ts';
import { SlowBoard } from './slow-board.ts';

export interface SlowCallOptions {
	/** --warning-unary-request-duration */
	readonly warningMilliseconds: number;
}

export interface SlowCallPorts {
	readonly stages: WriteTimes;
	readonly logger: Logger;
	/** Seconds of the process's clock. */
	readonly clock: () => number;
	/** Unix milliseconds. */
	readonly wallClock: () => number;
	/** So many bytes by chance, as hex: the id of a trace that nobody has named. */
	readonly randomHex: (bytes: number) => string;
}

const MINUTE = { spanMilliseconds: 60_000, callsMax: 32 };
const HOUR = { spanMilliseconds: 3_600_000, callsMax: 64 };
/** Writes a second whose stages are asked for, whatever they took. */
const SAMPLES_A_SECOND = 10;
/** Lines a second: what is beyond is counted. */
const LINES_A_SECOND = 100;
const MILLISECONDS_A_SECOND = 1_000;
const TRACE_BYTES = 16;
/** W3C: version, trace, parent, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const NO_TRACE = '0'.repeat(2 * TRACE_BYTES);

export class SlowCalls implements CallWatch {
	floorSeconds = 0;
	samples = SAMPLES_A_SECOND;
	readonly #options: SlowCallOptions;
	readonly #ports: SlowCallPorts;
	readonly #paths = new Map<CallMeter, string>();
	readonly #minute = new SlowBoard(MINUTE);
	readonly #hour = new SlowBoard(HOUR);
	#lines = 0;
	#unsaid = 0;

	constructor(options: SlowCallOptions, ports: SlowCallPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	watch(methods: readonly MeteredMethod[]): void {
		for (const { service, method, meter } of methods) {
			this.#paths.set(meter, `/${service}/${method}`);
			meter.watch = this;
		}
	}

	/** Once a second: old calls leave the boards, and others may get on. */
	tick(): void {
		const now = this.#ports.wallClock();
		this.#minute.forget(now);
		this.#hour.forget(now);
		this.samples = SAMPLES_A_SECOND;
		this.#lines = 0;
		if (this.#unsaid > 0) {
			this.#ports.logger.log('warn', 'more slow requests than lines a second', { requests: this.#unsaid });
			this.#unsaid = 0;
		}
		this.#setFloor();
	}

	lists(): SlowLists {
		return { minute: this.#minute.list(), hour: this.#hour.list() };
	}

	ended(meter: CallMeter, request: Uint8Array, call: EndedCall): void {
		const { stages, clock } = this.#ports;
		const milliseconds = call.seconds * MILLISECONDS_A_SECOND;
		const isSlow = milliseconds >= this.#minute.floorMilliseconds;
		const isWarned = milliseconds >= this.#options.warningMilliseconds;
		const { settling } = stages;
		const isSampled = settling !== null && this.samples > 0;
		this.samples -= isSampled ? 1 : 0;
		if (!isSlow && !isWarned && !isSampled) {
			return;
		}
		const row = isSlow || isWarned ? this.#describe(meter, request, call) : null;
		const told = (times: StageTimes | null): void => {
			if (row !== null && isSlow) {
				const known = { ...row, stages: times === null ? null : toMilliseconds(times) };
				this.#minute.note(known);
				this.#hour.note(known);
				this.#setFloor();
			}
		};
		if (row !== null && isWarned) {
			this.#warn(row);
		}
		if (settling === null) {
			told(null);
		} else {
			const ended = clock();
			stages.ask({ began: ended - call.seconds, ended, upTo: settling }, told);
		}
	}

	#describe(meter: CallMeter, request: Uint8Array, { seconds, status, responseBytes, remoteAddress, metadata }: EndedCall): SlowCall {
		const method = this.#paths.get(meter) ?? '';
		const milliseconds = seconds * MILLISECONDS_A_SECOND;
		const trace = traceOf(metadata('traceparent')) ?? this.#ports.randomHex(TRACE_BYTES);
		const at = this.#ports.wallClock() - milliseconds;
		const key = keyOf(method, request);
		return { at, milliseconds, method, key, client: remoteAddress, trace, status, requestBytes: request.length, responseBytes, stages: null };
	}

	/** In etcd's words (its interceptor of unary calls). The content is the key alone: values and passwords are nobody's who reads a log. */
	#warn({ at, milliseconds, client, method, requestBytes, responseBytes, key, trace }: SlowCall): void {
		this.#lines += 1;
		if (this.#lines > LINES_A_SECOND) {
			this.#unsaid += 1;
			return;
		}
		this.#ports.logger.log('warn', 'request stats', {
			'start time': new Date(at).toISOString(),
			'time spent': `${milliseconds.toFixed(3)}ms`,
			remote: client,
			'response type': method,
			'request size': requestBytes,
			'response size': responseBytes,
			'request content': key === '' ? '' : `key:${JSON.stringify(key)}`,
			trace,
		});
	}

	#setFloor(): void {
		this.floorSeconds = Math.min(this.#minute.floorMilliseconds, this.#options.warningMilliseconds) / MILLISECONDS_A_SECOND;
	}
}

function toMilliseconds({ queue, flush, quorum, apply, answer }: StageTimes): NonNullable<SlowCall['stages']> {
	const show = (seconds: number): number => seconds * MILLISECONDS_A_SECOND;
	return { queue: show(queue), flush: show(flush), quorum: show(quorum), apply: show(apply), answer: show(answer) };
}

function traceOf(traceparent: string | null): string | null {
	const trace = TRACEPARENT.exec(traceparent ?? '')?.[1];
	return trace === undefined || trace === NO_TRACE ? null : trace;
}
