/** What a row of the option table (options.ts) is: its group in the help, its type, and what goes with the type. */

export const GROUPS = {
	member: 'Member',
	cluster: 'Clustering (read once, on an empty data directory)',
	discovery: 'Discovery (read once, on an empty data directory)',
	membership: 'Changes of membership',
	timing: 'Raft and its log',
	limits: 'Limits',
	space: 'Space and integrity',
	security: 'Security (clients, then members)',
	operation: 'Operation',
	logging: 'Logging',
	program: 'Program',
	quorate: "quorate's own (not etcd's)",
} as const;
export type Group = keyof typeof GROUPS;

interface Common {
	readonly group: Group;
	readonly help: string;
	/** Only a flag: neither an environment variable nor a file key. */
	readonly flagOnly?: true;
}
export type OptionSpec =
	| (Common & { readonly type: 'text'; readonly default: string; readonly shownDefault?: string })
	| (Common & { readonly type: 'boolean'; readonly default: boolean })
	| (Common & { readonly type: 'integer'; readonly default: number; readonly unit: string; readonly min: number; readonly max: number })
	/** In Go's notation, as 1m30s; min and max in milliseconds. */
	| (Common & { readonly type: 'duration'; readonly default: string; readonly min: number; readonly max: number })
	| (Common & { readonly type: 'choice'; readonly default: string; readonly choices: readonly string[] })
	| (Common & { readonly type: 'urls'; readonly default: string; readonly use: 'listen' | 'advertise' })
	| (Common & { readonly type: 'cluster'; readonly default: string; readonly shownDefault: string });
