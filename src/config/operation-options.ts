/**
 * The part of the option table (options.ts) about running a member: what is measured and told, connections' upkeep, and the ways out of trouble.
 * The rules are in operation-check.ts.
 */
import type { OptionSpec } from './option-spec.ts';

const HOUR_MILLISECONDS = 3_600_000;

export const OPERATION_OPTIONS = {
	'warning-unary-request-duration': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: HOUR_MILLISECONDS,
		default: '300ms',
		help: 'A request that takes longer is told in the log.',
	},
	'warning-apply-duration': {
		group: 'operation',
		type: 'duration',
		min: 0,
		max: HOUR_MILLISECONDS,
		default: '100ms',
		help: 'A command whose execution takes longer is told in the log.',
	},
} as const satisfies Record<string, OptionSpec>;

/** Older names of the same options (reference/etcd-surface.md 4.3). */
export const OPERATION_ALIASES = {
	'experimental-warning-unary-request-duration': 'warning-unary-request-duration',
	'experimental-warning-apply-duration': 'warning-apply-duration',
} as const satisfies Record<string, keyof typeof OPERATION_OPTIONS>;
