/** The rules between the options of TLS, in etcd's words where it has some, and the settings that they make. Used by check.ts. */
import { assert } from '../base/assert.ts';
import type { TlsSettings, TlsVersion } from '../base/tls-settings.ts';
import { readCipherSuites } from './cipher-suites.ts';
import type { OptionName } from './options.ts';
import type { Values } from './values.ts';

export interface BrokenRule {
	readonly option: OptionName;
	readonly rule: string;
}

type Rule = (values: Values) => BrokenRule | null;
type Use = 'client' | 'peer';

/** The same option of clients and of peers. */
const NAMES = {
	client: {
		cert: 'cert-file',
		key: 'key-file',
		auth: 'client-cert-auth',
		ca: 'trusted-ca-file',
		crl: 'client-crl-file',
		names: 'client-cert-allowed-cn',
		hosts: 'client-cert-allowed-hostname',
		auto: 'auto-tls',
		dialCert: 'client-cert-file',
		dialKey: 'client-key-file',
	},
	peer: {
		cert: 'peer-cert-file',
		key: 'peer-key-file',
		auth: 'peer-client-cert-auth',
		ca: 'peer-trusted-ca-file',
		crl: 'peer-crl-file',
		names: 'peer-cert-allowed-cn',
		hosts: 'peer-cert-allowed-hostname',
		auto: 'peer-auto-tls',
		dialCert: 'peer-client-cert-file',
		dialKey: 'peer-client-key-file',
	},
} as const satisfies Record<Use, Record<string, OptionName>>;
const LISTEN = {
	client: ['listen-client-urls', 'listen-client-http-urls', 'listen-metrics-urls'],
	peer: ['listen-peer-urls'],
} as const satisfies Record<Use, readonly OptionName[]>;
const VERSIONS = { 'TLS1.2': 'TLSv1.2', 'TLS1.3': 'TLSv1.3', '': 'TLSv1.3' } as const satisfies Record<string, TlsVersion>;

/** The first rule that is broken; null: none is. */
export function brokenSecurity(values: Values): BrokenRule | null {
	for (const rule of RULES) {
		const broken = rule(values);
		if (broken !== null) {
			return broken;
		}
	}
	return null;
}

/** In the order in which they are reported. */
const RULES: readonly Rule[] = [
	...(['client', 'peer'] as const).flatMap((use): Rule[] => [
		(values) => pairRule(values, NAMES[use].cert, NAMES[use].key),
		(values) => pairRule(values, NAMES[use].dialCert, NAMES[use].dialKey),
		(values) => certificateRule(values, use),
		(values) => authorityRule(values, use),
		(values) => namesRule(values, use),
	]),
	(values) =>
		values['cipher-suites'] !== '' && values['tls-min-version'] === 'TLS1.3'
			? { option: 'cipher-suites', rule: 'cannot be chosen with --tls-min-version=TLS1.3: TLS 1.3 has none to choose' }
			: null,
	(values) => {
		const read = readCipherSuites(listOf(values['cipher-suites']));
		return read.ok ? null : { option: 'cipher-suites', rule: `has the unexpected TLS cipher suite ${JSON.stringify(read.name)}` };
	},
	(values) =>
		values['tls-max-version'] === 'TLS1.2' && values['tls-min-version'] === 'TLS1.3'
			? { option: 'tls-max-version', rule: 'must be at least --tls-min-version (TLS1.3)' }
			: null,
];

function pairRule(values: Values, cert: OptionName, key: OptionName): BrokenRule | null {
	return (values[cert] === '') === (values[key] === '')
		? null
		: { option: values[cert] === '' ? key : cert, rule: `--${cert} and --${key} must both be present [key: ${values[key]}, cert: ${values[cert]}]` };
}

function certificateRule(values: Values, use: Use): BrokenRule | null {
	const { cert, key, auto } = NAMES[use];
	if (values[cert] !== '' || values[auto]) {
		return null;
	}
	for (const option of LISTEN[use]) {
		const url = values[option].find(isSecureUrl);
		if (url !== undefined) {
			return { option, rule: `TLS key/cert (--${cert}, --${key}), or --${auto}, must be provided for ${use} url ${url} with HTTPS scheme` };
		}
	}
	return null;
}

/** Without a CA of one's own, any that the system knows would do: that is nobody's intent. */
function authorityRule(values: Values, use: Use): BrokenRule | null {
	const { auth, ca, crl, hosts, names } = NAMES[use];
	if (values[ca] !== '') {
		return null;
	}
	const needing = ([auth, crl, hosts, names] as const).find((option) => values[option] !== '' && values[option] !== false);
	return needing === undefined ? null : { option: needing, rule: `needs --${ca}: the CAs of the certificates that are asked for` };
}

function namesRule(values: Values, use: Use): BrokenRule | null {
	const { names, hosts } = NAMES[use];
	return values[names] !== '' && values[hosts] !== '' ? { option: names, rule: `and --${hosts} are mutually exclusive` } : null;
}

export function securityWarnings(values: Values): string[] {
	return (['client', 'peer'] as const).flatMap((use) => {
		const { cert, auth } = NAMES[use];
		const plain = values[cert] === '' ? [] : LISTEN[use].flatMap((option) => values[option].filter((url) => !isSecureUrl(url)));
		return plain.map((url) => {
			const without = values[auth] ? 'client cert auth is ignored for this url' : 'key and cert files are ignored for it';
			return `scheme is http or unix while key and cert files are present: ${without} (${url})`;
		});
	});
}

/** Of checked values. */
export function tlsSettingsOf(values: Values, use: Use): TlsSettings {
	const { cert, key, ca, crl, names, hosts, auto, dialCert, dialKey } = NAMES[use];
	const read = readCipherSuites(listOf(values['cipher-suites']));
	assert(read.ok, 'cipher suites are checked before');
	return {
		prefix: use === 'client' ? '' : 'peer-',
		certFile: values[cert],
		keyFile: values[key],
		dialCertFile: values[dialCert],
		dialKeyFile: values[dialKey],
		trustedCaFile: values[ca],
		crlFile: values[crl],
		isSelfSigned: values[auto] && values[cert] === '',
		requiresCertificate: values[ca] !== '',
		allowedNames: listOf(values[names]),
		allowedHosts: listOf(values[hosts]),
		checksAddress: use === 'peer' && !values['peer-skip-client-san-verification'],
		minVersion: VERSIONS[values['tls-min-version']],
		maxVersion: VERSIONS[values['tls-max-version']],
		ciphers: read.ciphers,
	};
}

function listOf(text: string): readonly string[] {
	return text
		.split(',')
		.map((word) => word.trim())
		.filter((word) => word !== '');
}

function isSecureUrl(url: string): boolean {
	return url.startsWith('https:') || url.startsWith('unixs:');
}
