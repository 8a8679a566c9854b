/** Logger on pino, shaped like etcd's zap lines: `level`, `ts`, `caller`, `msg`, fields; one line an event, to stderr, written at once. */
import pino from 'pino';
import type { LogFields, Logger, LogLevel } from '../ports/logger.ts';

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
	return {
		log: (at: LogLevel, message: string, fields?: LogFields) => lines[at](fields ?? {}, message),
		isEnabled: (at: LogLevel) => lines.isLevelEnabled(at),
	};
}
