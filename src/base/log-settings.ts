/** Where log lines go and in what form: part of Config, so plain JSON. Made by config/logging.ts, used by adapters/json-logger.ts and adapters/log-rotation.ts. */

export interface RotationSettings {
	readonly megabytesMax: number;
	/** Days that an old file is kept, and how many are; 0: no bound. */
	readonly daysMax: number;
	readonly backupsMax: number;
	readonly isLocalTime: boolean;
	readonly compresses: boolean;
}

export interface LogSettings {
	readonly format: 'json' | 'console';
	readonly standardError: boolean;
	readonly standardOutput: boolean;
	/** Paths, each once. */
	readonly files: readonly string[];
	/** Of the one file; null: it grows. */
	readonly rotation: RotationSettings | null;
}

export const TO_STANDARD_ERROR: LogSettings = { format: 'json', standardError: true, standardOutput: false, files: [], rotation: null };
