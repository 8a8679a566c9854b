/** The part of the option table (options.ts) about space and integrity: quota, auto-compaction, comparisons between members. */
import type { OptionSpec } from './option-spec.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;
const BYTES_MAX = 2 ** 48;

export const SPACE_OPTIONS = {
	'quota-backend-bytes': {
		group: 'space',
		type: 'integer',
		unit: 'bytes',
		min: -BYTES_MAX,
		max: BYTES_MAX,
		default: 0,
		help: 'Pages of the store in use beyond which nothing is put any more (NOSPACE). 0: 2 GiB. Less: no quota.',
	},
	'auto-compaction-mode': {
		group: 'space',
		type: 'choice',
		choices: ['periodic', 'revision'],
		default: 'periodic',
		help: 'What --auto-compaction-retention counts: time or revisions.',
	},
	'auto-compaction-retention': {
		group: 'space',
		type: 'text',
		default: '0',
		help: 'History to keep: a number of hours or a time such as 30m (periodic), or a number of revisions (revision). 0: the history is compacted on request only.',
	},
	'corrupt-check-time': {
		group: 'space',
		type: 'duration',
		min: 0,
		max: DAY_MILLISECONDS,
		default: '5m0s',
		help: "Time between two comparisons of the members' stores, by the leader. 0: none.",
	},
	'compact-hash-check-time': {
		group: 'space',
		type: 'duration',
		min: 0,
		max: DAY_MILLISECONDS,
		default: '1m0s',
		help: 'How often the leader looks whether a compaction is due to be compared between the members. 0: never.',
	},
	'experimental-initial-corrupt-check': {
		group: 'space',
		type: 'boolean',
		default: false,
		help: 'Compare the store with those of the other members before serving, and end if it differs.',
	},
} as const satisfies Record<string, OptionSpec>;
