/**
 * Logger on pino, shaped like etcd's zap lines: `level`, `ts`, `caller`, `msg`, fields; one line an event, written at once, to standard error or wherever
 * --log-outputs says (log-outputs.ts). The level can be changed while the process runs, for the loggers of all its threads, and so are files that were
 * renamed opened anew in all of them (log-rotation.ts).
 */
import { BroadcastChannel } from 'node:worker_threads';
import pino from 'pino';
import { type LogSettings, TO_STANDARD_ERROR } from '../base/log-settings.ts';
import type { LogFields, Logger, LogLevel } from '../ports/logger.ts';
import { LogOutputs } from './log-outputs.ts';

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(['debug', 'info', 'warn', 'error', 'fatal']);
const REOPEN = 'reopen';
/** Of this thread. */
const opened: pino.Logger[] = [];
/** One for each thread: its actors write to the same places. */
let outputs: { readonly settings: string; readonly places: LogOutputs } | null = null;
let channel: BroadcastChannel | null = null;

export function openJsonLogger(level: LogLevel, caller: string, settings: LogSettings = TO_STANDARD_ERROR): Logger {
	const lines = pino(
		{
			level,
			base: { caller },
			messageKey: 'msg',
			timestamp: () => `,"ts":"${new Date().toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
		},
		outputsOf(settings),
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

/** The files of all loggers of the process; threads that are busy follow at the end of their turn, and write to the renamed file until then. */
export function reopenLogFiles(): void {
	outputs?.places.reopen();
	listen().postMessage(REOPEN);
}

export function openOutputs(settings: LogSettings): LogOutputs {
	return new LogOutputs(settings, pino.destination);
}

function outputsOf(settings: LogSettings): LogOutputs {
	const key = JSON.stringify(settings);
	if (outputs?.settings !== key) {
		outputs = { settings: key, places: openOutputs(settings) };
	}
	return outputs.places;
}

/** To what another thread says. No thread lives on for it. */
function listen(): BroadcastChannel {
	if (channel === null) {
		channel = new BroadcastChannel('quorate-log-level');
		channel.onmessage = ({ data }: { readonly data?: unknown }) => {
			if (data === REOPEN) {
				outputs?.places.reopen();
			} else if (typeof data === 'string' && LEVELS.has(data)) {
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
