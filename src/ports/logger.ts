/** One event, one line: constant text plus fields. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface Logger {
	/** debug: per message; info: per change of role or life; warn: may heal by itself; error: a request or resource was lost. */
	log(level: LogLevel, message: string, fields?: LogFields): void;
	/** Whether lines of this level go anywhere: guards costly fields. */
	isEnabled(level: LogLevel): boolean;
}

export const SILENT: Logger = {
	log: () => {},
	isEnabled: () => false,
};
