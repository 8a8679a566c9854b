/** The part of the option table (options.ts) about discovery: how a founding member finds the others; and how a follower treats v2 writes. */
import type { OptionSpec } from './option-spec.ts';

const HOUR_MILLISECONDS = 3_600_000;

export const DISCOVERY_OPTIONS = {
	discovery: {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'URL of a token at a discovery service (v2 protocol), as GET /new?size=3 of any quorate gives it. The members that start with it find each other there.',
	},
	'discovery-fallback': {
		group: 'discovery',
		type: 'choice',
		choices: ['exit', 'proxy'],
		default: 'exit',
		help: 'What a member does for which discovery has no place. It ends; proxy is accepted, and does the same, since there is no proxy mode.',
	},
	'discovery-proxy': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'HTTP proxy on the way to the discovery service: http://host:port.',
	},
	'discovery-srv': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'DNS domain whose SRV records (_etcd-server-ssl._tcp, _etcd-server._tcp) name the first members.',
	},
	'discovery-srv-name': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'Suffix of the service names that --discovery-srv asks for: _etcd-server-NAME._tcp.',
	},
	'discovery-token': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'Token for discovery by the v3 protocol: below /_etcd/registry/TOKEN in the store of --discovery-endpoints.',
	},
	'discovery-endpoints': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'Client URLs of a running etcd or quorate, which the members that start find each other by (v3 protocol): http://host:port,...',
	},
	'discovery-dial-timeout': {
		group: 'discovery',
		type: 'duration',
		min: 1,
		max: HOUR_MILLISECONDS,
		default: '2s',
		help: 'To connect to one of --discovery-endpoints.',
	},
	'discovery-request-timeout': {
		group: 'discovery',
		type: 'duration',
		min: 1,
		max: HOUR_MILLISECONDS,
		default: '5s',
		help: 'For an answer of --discovery-endpoints.',
	},
	'discovery-keepalive-time': {
		group: 'discovery',
		type: 'duration',
		min: 1,
		max: HOUR_MILLISECONDS,
		default: '2s',
		help: 'While members are waited for, --discovery-endpoints is asked again after so long.',
	},
	'discovery-keepalive-timeout': {
		group: 'discovery',
		type: 'duration',
		min: 1,
		max: HOUR_MILLISECONDS,
		default: '6s',
		help: 'Accepted. Each question has a connection of its own and --discovery-request-timeout, so there is nothing to keep alive.',
	},
	'discovery-insecure-transport': {
		group: 'discovery',
		type: 'boolean',
		default: true,
		help: 'Whether --discovery-endpoints without a scheme are spoken to in plain text. With a scheme, that decides.',
	},
	'discovery-insecure-skip-tls-verify': {
		group: 'discovery',
		type: 'boolean',
		default: false,
		help: 'Do not check the certificates of --discovery-endpoints. For tests only.',
	},
	'discovery-cert': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'File with the client certificate for --discovery-endpoints.',
	},
	'discovery-key': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'File with the key of --discovery-cert.',
	},
	'discovery-cacert': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'File with the CAs that --discovery-endpoints are checked by. Default: those of the system.',
	},
	'discovery-user': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'User at --discovery-endpoints: name, or name:password.',
	},
	'discovery-password': {
		group: 'discovery',
		type: 'text',
		default: '',
		help: 'Password of --discovery-user. Better given as variable or in the file: flags can be read by others on the machine.',
	},
	'dns-servers': {
		group: 'quorate',
		type: 'text',
		default: '',
		help: 'Name servers for --discovery-srv, as address:port,... Default: those of the system.',
	},
	'v2-write-routing': {
		group: 'quorate',
		type: 'choice',
		choices: ['redirect', 'forward'],
		default: 'redirect',
		help: 'What a follower does with a write of the v2 API: tell the client where the leader is (307), or send the write there itself.',
	},
} as const satisfies Record<string, OptionSpec>;
