/** How a founding member finds the others: the values of discovery-options.ts as one of four ways, and the rules between them. Used by check.ts. */

export type Discovery =
	/** The members are in --initial-cluster. */
	| { readonly kind: 'none' }
	/** Keys of the v2 API below a URL (reference/etcd-surface.md 7.2). proxy: empty for none. */
	| { readonly kind: 'v2'; readonly url: string; readonly proxy: string }
	| ({ readonly kind: 'v3' } & V3Discovery)
	/** suffix: of the service names, empty for none. servers: empty for the system's. */
	| { readonly kind: 'srv'; readonly domain: string; readonly suffix: string; readonly servers: readonly string[] };

export interface V3Discovery {
	readonly token: string;
	/** URLs without a path. */
	readonly endpoints: readonly string[];
	readonly dialMs: number;
	readonly requestMs: number;
	readonly pollMs: number;
	readonly skipVerify: boolean;
	/** Paths; empty: not given. */
	readonly cert: string;
	readonly key: string;
	readonly ca: string;
	readonly user: string;
	/** The one secret of a configuration; it does not leave the main thread (cli/serve.ts). */
	readonly password: string;
}

export interface DiscoveryValues {
	readonly discovery: string;
	readonly 'discovery-proxy': string;
	readonly 'discovery-srv': string;
	readonly 'discovery-srv-name': string;
	readonly 'discovery-token': string;
	readonly 'discovery-endpoints': string;
	readonly 'discovery-dial-timeout': number;
	readonly 'discovery-request-timeout': number;
	readonly 'discovery-keepalive-time': number;
	readonly 'discovery-insecure-transport': boolean;
	readonly 'discovery-insecure-skip-tls-verify': boolean;
	readonly 'discovery-cert': string;
	readonly 'discovery-key': string;
	readonly 'discovery-cacert': string;
	readonly 'discovery-user': string;
	readonly 'discovery-password': string;
	readonly 'dns-servers': string;
	readonly 'initial-cluster': readonly unknown[];
	readonly 'initial-cluster-state': string;
}

export interface BrokenDiscovery {
	readonly option: Exclude<keyof DiscoveryValues, 'initial-cluster-state'>;
	readonly rule: string;
}

const DOMAIN = /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;
const DOMAIN_CHARACTERS_MAX = 200;

/** The first rule that is broken, or null. */
export function brokenDiscovery(values: DiscoveryValues): BrokenDiscovery | null {
	const ways = waysOf(values);
	if (ways.length > 1) {
		return { option: ways[1] as BrokenDiscovery['option'], rule: `cannot go with --${ways[0]}: the first members are found in one way only` };
	}
	const [way] = ways;
	if (way !== undefined && way !== 'initial-cluster' && way !== 'discovery-srv' && values['initial-cluster-state'] === 'existing') {
		return { option: way, rule: 'is for new clusters: with --initial-cluster-state=existing give --initial-cluster' };
	}
	switch (way) {
		case 'discovery':
			return brokenV2(values);
		case 'discovery-token':
		case 'discovery-endpoints':
			return brokenV3(values);
		case 'discovery-srv':
			return brokenSrv(values);
		default:
			return null;
	}
}

/** Of values that break no rule. */
export function discoveryOf(values: DiscoveryValues): Discovery {
	const [way] = waysOf(values);
	switch (way) {
		case 'discovery':
			return { kind: 'v2', url: values.discovery.replace(/\/+$/, ''), proxy: values['discovery-proxy'] };
		case 'discovery-token':
		case 'discovery-endpoints':
			return { kind: 'v3', ...v3Of(values) };
		case 'discovery-srv': {
			const domain = values['discovery-srv'].replace(/\.$/, '');
			return { kind: 'srv', domain, suffix: values['discovery-srv-name'], servers: serversOf(values) };
		}
		default:
			return { kind: 'none' };
	}
}

function waysOf(values: DiscoveryValues): readonly BrokenDiscovery['option'][] {
	const v3 = (['discovery-token', 'discovery-endpoints'] as const).find((name) => values[name] !== '');
	return [
		...(values['initial-cluster'].length > 0 ? (['initial-cluster'] as const) : []),
		...(values.discovery !== '' ? (['discovery'] as const) : []),
		...(v3 === undefined ? [] : [v3]),
		...(values['discovery-srv'] !== '' ? (['discovery-srv'] as const) : []),
	];
}

function brokenV2(values: DiscoveryValues): BrokenDiscovery | null {
	const url = parseHttp(values.discovery);
	if (url === null || url.search !== '' || url.hash !== '' || url.pathname.replaceAll('/', '') === '') {
		return { option: 'discovery', rule: 'must be a URL of the form http(s)://host:port/PATH/TOKEN' };
	}
	const proxy = parseHttp(values['discovery-proxy']);
	return values['discovery-proxy'] !== '' && proxy === null
		? { option: 'discovery-proxy', rule: 'must be a URL of the form http://host:port' }
		: null;
}

function brokenV3(values: DiscoveryValues): BrokenDiscovery | null {
	if (values['discovery-token'] === '') {
		return { option: 'discovery-endpoints', rule: 'needs --discovery-token' };
	}
	if (values['discovery-endpoints'] === '') {
		return { option: 'discovery-token', rule: 'needs --discovery-endpoints' };
	}
	const wrong = words(values['discovery-endpoints']).find((part) => endpointUrl(part, true) === null);
	if (wrong !== undefined) {
		return {
			option: 'discovery-endpoints',
			rule: `must be host:port or http(s)://host:port, and more after commas (${JSON.stringify(wrong)} is not)`,
		};
	}
	if ((values['discovery-cert'] === '') !== (values['discovery-key'] === '')) {
		return { option: values['discovery-cert'] === '' ? 'discovery-key' : 'discovery-cert', rule: 'goes with the other of certificate and key' };
	}
	return null;
}

function brokenSrv(values: DiscoveryValues): BrokenDiscovery | null {
	const domain = values['discovery-srv'];
	if (!DOMAIN.test(domain) || domain.length > DOMAIN_CHARACTERS_MAX) {
		return { option: 'discovery-srv', rule: 'must be a domain, such as example.com' };
	}
	if (!/^[A-Za-z0-9-]{0,40}$/.test(values['discovery-srv-name'])) {
		return { option: 'discovery-srv-name', rule: 'must be letters, digits and dashes' };
	}
	const wrong = serversOf(values).find((server) => !/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/.test(server));
	return wrong === undefined ? null : { option: 'dns-servers', rule: `must be addresses with their ports, such as 10.0.0.2:53 (${wrong} is not)` };
}

function serversOf(values: DiscoveryValues): readonly string[] {
	return words(values['dns-servers']);
}

function v3Of(values: DiscoveryValues): V3Discovery {
	const [user = '', ...rest] = values['discovery-user'].split(':');
	return {
		token: values['discovery-token'],
		endpoints: words(values['discovery-endpoints']).map((part) => endpointUrl(part, values['discovery-insecure-transport']) ?? part),
		dialMs: values['discovery-dial-timeout'],
		requestMs: values['discovery-request-timeout'],
		pollMs: values['discovery-keepalive-time'],
		skipVerify: values['discovery-insecure-skip-tls-verify'],
		cert: values['discovery-cert'],
		key: values['discovery-key'],
		ca: values['discovery-cacert'],
		user,
		password: values['discovery-password'] === '' ? rest.join(':') : values['discovery-password'],
	};
}

/** The URL of host:port, or of a URL without a path; null if it is neither. */
function endpointUrl(text: string, isPlain: boolean): string | null {
	const url = parseHttp(/^https?:\/\//.test(text) ? text : `${isPlain ? 'http' : 'https'}://${text}`);
	return url === null || url.pathname !== '/' || url.search !== '' ? null : url.origin;
}

function parseHttp(text: string): URL | null {
	const url = /^https?:\/\/[^/]/.test(text) && URL.canParse(text) ? new URL(text) : null;
	return url !== null && url.username === '' && url.password === '' ? url : null;
}

function words(list: string): readonly string[] {
	return list
		.split(',')
		.map((word) => word.trim())
		.filter((word) => word !== '');
}
