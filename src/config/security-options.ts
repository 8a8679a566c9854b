/**
 * The part of the option table (options.ts) about TLS: clients' and peers' certificates, and what is allowed; and the listeners beyond the usual two.
 * The rules are in security-check.ts.
 */
import type { OptionSpec } from './option-spec.ts';

const YEARS_MAX = 100;

export const SECURITY_OPTIONS = {
	'listen-client-http-urls': {
		group: 'member',
		type: 'urls',
		use: 'listen',
		default: '',
		help: 'URLs to serve HTTP on apart from gRPC. With it, --listen-client-urls serve gRPC only.',
	},
	'listen-metrics-urls': {
		group: 'member',
		type: 'urls',
		use: 'listen',
		default: '',
		help: 'More URLs that serve /metrics and /health, and nothing else.',
	},
	'cert-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: 'Certificate (PEM) shown to clients on https and unixs URLs. Read again when it changes.',
	},
	'key-file': { group: 'security', type: 'text', default: '', help: 'Key (PEM) of --cert-file.' },
	'client-cert-auth': {
		group: 'security',
		type: 'boolean',
		default: false,
		help: 'Clients must show a certificate of a CA in --trusted-ca-file.',
	},
	'trusted-ca-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: "CAs (PEM) of clients' certificates. With it, clients must show one.",
	},
	'client-crl-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: 'Revocation lists (PEM or DER): a client whose certificate is on one is refused.',
	},
	'client-cert-allowed-hostname': {
		group: 'security',
		type: 'text',
		default: '',
		help: "Names, with commas between: a client's certificate must be for one of them.",
	},
	'client-cert-allowed-cn': {
		group: 'quorate',
		type: 'text',
		default: '',
		help: "Names, with commas between: a client's certificate must have one of them as its common name. In etcd's files: client-transport-security, allowed-cn.",
	},
	'client-cert-file': { group: 'security', type: 'text', default: '', help: 'Accepted: this member is no client of its own port.' },
	'client-key-file': { group: 'security', type: 'text', default: '', help: 'Accepted, as --client-cert-file.' },
	'auto-tls': {
		group: 'security',
		type: 'boolean',
		default: false,
		help: 'Without --cert-file: make a certificate below the data directory. What clients send is encrypted; nobody is authenticated.',
	},
	'peer-cert-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: 'Certificate (PEM) shown to other members, by listeners and when dialing them. Read again when it changes.',
	},
	'peer-key-file': { group: 'security', type: 'text', default: '', help: 'Key (PEM) of --peer-cert-file.' },
	'peer-client-cert-auth': {
		group: 'security',
		type: 'boolean',
		default: false,
		help: 'Members that connect must show a certificate of a CA in --peer-trusted-ca-file.',
	},
	'peer-trusted-ca-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: "CAs (PEM) of other members' certificates. With it, members that connect must show one.",
	},
	'peer-client-cert-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: 'Certificate shown when dialing other members, if not --peer-cert-file.',
	},
	'peer-client-key-file': { group: 'security', type: 'text', default: '', help: 'Key of --peer-client-cert-file.' },
	'peer-crl-file': {
		group: 'security',
		type: 'text',
		default: '',
		help: 'Revocation lists (PEM or DER): a member whose certificate is on one is refused.',
	},
	'peer-cert-allowed-cn': {
		group: 'security',
		type: 'text',
		default: '',
		help: "Names, with commas between: a member's certificate must have one of them as its common name.",
	},
	'peer-cert-allowed-hostname': {
		group: 'security',
		type: 'text',
		default: '',
		help: "Names, with commas between: a member's certificate must be for one of them.",
	},
	'peer-skip-client-san-verification': {
		group: 'security',
		type: 'boolean',
		default: false,
		help: "Do not check that a member's certificate is for the address that it connects from.",
	},
	'peer-auto-tls': {
		group: 'security',
		type: 'boolean',
		default: false,
		help: 'Without --peer-cert-file: make a certificate below the data directory. What members send is encrypted; nobody is authenticated.',
	},
	'self-signed-cert-validity': {
		group: 'security',
		type: 'integer',
		unit: 'years',
		min: 1,
		max: YEARS_MAX,
		default: 1,
		help: 'How long the certificates of --auto-tls and --peer-auto-tls are valid.',
	},
	'cipher-suites': {
		group: 'security',
		type: 'text',
		default: '',
		help: "Go's names of the cipher suites that are allowed with TLS 1.2, with commas between. Default: Node's choice.",
	},
	'tls-min-version': {
		group: 'security',
		type: 'choice',
		choices: ['TLS1.2', 'TLS1.3'],
		default: 'TLS1.2',
		help: 'Oldest version of TLS that is spoken.',
	},
	'tls-max-version': {
		group: 'security',
		type: 'choice',
		choices: ['', 'TLS1.2', 'TLS1.3'],
		default: '',
		help: 'Newest version of TLS that is spoken. Default: the newest there is.',
	},
} as const satisfies Record<string, OptionSpec>;

/** Older names of the same options (reference/etcd-surface.md 4.3). */
export const SECURITY_ALIASES = {
	'ca-file': 'trusted-ca-file',
	'peer-ca-file': 'peer-trusted-ca-file',
	'experimental-peer-skip-client-san-verification': 'peer-skip-client-san-verification',
} as const satisfies Record<string, keyof typeof SECURITY_OPTIONS>;
