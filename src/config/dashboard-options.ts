/** The part of the option table (options.ts) about the dashboard. */
import type { OptionSpec } from './option-spec.ts';

export const DASHBOARD_OPTIONS = {
	'dashboard-writes': {
		group: 'quorate',
		type: 'boolean',
		default: false,
		help: 'The dashboard may put and delete keys, each only if nobody has changed it since it was shown. Else it is read-only.',
	},
} as const satisfies Record<string, OptionSpec>;
