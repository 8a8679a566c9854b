/**
 * Logger on pino, shaped like etcd's zap lines: `level`, `ts`, `caller`, `msg`, fields; one line an event, to stderr, written at once. The level can be
 * changed while the process runs, for the loggers of all its threads.
 */
import { BroadcastChannel } from 'node:worker_threads';
import pino from 'pino';
import type { LogFields, Logger, LogLevel } from '../ports/logger.ts';

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(['debug', 'info', 'warn', 'error', 'fatal']);
/** Of this thread. */
const opened: pino.Logger[] = [];
let channel: BroadcastChannel | null = null;

export function openJsonLogger(level: LogLevel, caller: string): Logger {
	const lines = pino(
		{
			level,
			base: { caller },
			messageKey: 'msg',
			timestamp: () => `,"ts":"${new Date().toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
		},
		pino.destination({ fd: 2, sync: true }),
	);
	opened.push(lines);
	listen();
	return {
		log: (at: LogLevel, message: string, fields?: LogFields) => lines[at](fields ?? {}, message),
		isEnabled: (at: LogLevel) => lines.isLevelEnabled(at),
	};
}

/** For all loggers of the process, from the next lines on. */
export function setLogLevel(level: LogLevel): void {
	apply(level);
	listen().postMessage(level);
}

/** To what another thread sets. No thread lives on for it. */
function listen(): BroadcastChannel {
	if (channel === null) {
		channel = new BroadcastChannel('quorate-log-level');
		channel.onmessage = ({ data }: { readonly data?: unknown }) => {
			if (typeof data === 'string' && LEVELS.has(data)) {
				apply(data as LogLevel);
			}
		};
		channel.unref();
	}
	return channel;
}

function apply(level: LogLevel): void {
	for (const lines of opened) {
		lines.level = level;
	}
}
