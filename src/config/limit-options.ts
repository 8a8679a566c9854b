/** The part of the option table (options.ts) about callers of the client port: who may call from a browser, and how many connections there may be. */
import type { OptionSpec } from './option-spec.ts';

const CONNECTIONS_MAX = 1_000_000;

export const LIMIT_OPTIONS = {
	cors: {
		group: 'security',
		type: 'text',
		default: '',
		help: "Origins whose pages may call this member from a browser, with commas between, such as https://example.com; '*': any. Default: none, where etcd's is any.",
	},
	'host-whitelist': {
		group: 'security',
		type: 'text',
		default: '',
		help: "Host names under which plain HTTP is served, with commas between, against DNS rebinding; '*': any. Default: any, but on loopback only localhost, addresses, and the names in --advertise-client-urls.",
	},
	'lane-connections-max': {
		group: 'quorate',
		type: 'integer',
		unit: 'connections',
		min: 16,
		max: CONNECTIONS_MAX,
		default: 16_384,
		help: 'Connections of clients that one api lane has at a time, beyond which they are dropped. Fewer if the process may not open so many files.',
	},
	'lane-address-connections-max': {
		group: 'quorate',
		type: 'integer',
		unit: 'connections',
		min: 1,
		max: CONNECTIONS_MAX,
		default: 12_288,
		help: 'Of these, connections from one address (of IPv6: from one /64 network).',
	},
} as const satisfies Record<string, OptionSpec>;
