/** The part of the option table (options.ts) about log lines: which, in what form, and where to. The rules are in logging.ts. */
import type { OptionSpec } from './option-spec.ts';

export const LOGGING_OPTIONS = {
	'log-level': {
		group: 'logging',
		type: 'choice',
		choices: ['debug', 'info', 'warn', 'error', 'panic', 'fatal'],
		default: 'info',
		help: 'Least severe lines to write.',
	},
	logger: {
		group: 'logging',
		type: 'choice',
		choices: ['zap', 'capnslog'],
		default: 'zap',
		help: "Accepted: etcd's zap lines are what quorate writes.",
	},
	'log-format': {
		group: 'logging',
		type: 'choice',
		choices: ['json', 'console'],
		default: 'json',
		help: 'Form of the lines: an object of JSON each, or columns for people.',
	},
	'log-outputs': {
		group: 'logging',
		type: 'text',
		default: 'default',
		help: 'Where the lines go, with commas between: stderr, stdout, and paths of files. default and systemd/journal stand alone, and are standard error.',
	},
	'enable-log-rotation': {
		group: 'logging',
		type: 'boolean',
		default: false,
		help: 'Begin a new file when the one file of --log-outputs has grown to its size.',
	},
	'log-rotation-config-json': {
		group: 'logging',
		type: 'text',
		default: '{}',
		help: 'As {"maxsize": 100, "maxage": 0, "maxbackups": 0, "localtime": false, "compress": false}, which is the default: size of a file in MB, days that old ones are kept, how many are (0: all), whether their names have local time, whether they are compressed.',
	},
} as const satisfies Record<string, OptionSpec>;

/** etcd 3.3's name of it. */
export const LOGGING_ALIASES = {
	'log-output': 'log-outputs',
} as const satisfies Record<string, keyof typeof LOGGING_OPTIONS>;
