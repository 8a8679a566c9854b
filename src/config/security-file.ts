/** The maps client-transport-security, peer-transport-security and socket-options of etcd's configuration files, to the options that they stand for. Used by read-file.ts. */
import type { OptionName } from './options.ts';
import type { Setting } from './setting.ts';

/** null: accepted, and without meaning here. */
const CLIENT: Readonly<Record<string, OptionName | null>> = {
	'cert-file': 'cert-file',
	'key-file': 'key-file',
	'client-cert-file': 'client-cert-file',
	'client-key-file': 'client-key-file',
	'client-cert-auth': 'client-cert-auth',
	'trusted-ca-file': 'trusted-ca-file',
	'ca-file': 'trusted-ca-file',
	'auto-tls': 'auto-tls',
	'allowed-cn': 'client-cert-allowed-cn',
	'allowed-hostname': 'client-cert-allowed-hostname',
	// Clients' addresses are not checked anyway.
	'skip-client-san-verification': null,
};
const PEER: Readonly<Record<string, OptionName | null>> = {
	'cert-file': 'peer-cert-file',
	'key-file': 'peer-key-file',
	'client-cert-file': 'peer-client-cert-file',
	'client-key-file': 'peer-client-key-file',
	'client-cert-auth': 'peer-client-cert-auth',
	'trusted-ca-file': 'peer-trusted-ca-file',
	'ca-file': 'peer-trusted-ca-file',
	'auto-tls': 'peer-auto-tls',
	'allowed-cn': 'peer-cert-allowed-cn',
	'allowed-hostname': 'peer-cert-allowed-hostname',
	'skip-client-san-verification': 'peer-skip-client-san-verification',
};
/** reuse-address: always so. */
const SOCKET: Readonly<Record<string, OptionName | null>> = { 'reuse-port': 'socket-reuse-port', 'reuse-address': null };
const MAPS: ReadonlyMap<string, Readonly<Record<string, OptionName | null>>> = new Map([
	['client-transport-security', CLIENT],
	['peer-transport-security', PEER],
	['socket-options', SOCKET],
]);

export type SecurityMap = { readonly settings: readonly Setting[] } | { readonly problem: string };

export function isSecurityMap(key: string): boolean {
	return MAPS.has(key);
}

/** etcd's sample file lists every entry, most of them empty: these keep their defaults. */
export function readSecurityMap(path: string, key: string, value: unknown): SecurityMap {
	const table = MAPS.get(key) ?? {};
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		return { problem: `${key} (in ${path}): must be a map` };
	}
	const settings: Setting[] = [];
	for (const [entry, given] of Object.entries(value)) {
		const label = `${key}.${entry} (in ${path})`;
		const text = textOf(given);
		const name = Object.hasOwn(table, entry) ? table[entry] : undefined;
		if (text === null) {
			return { problem: `${label}: ${JSON.stringify(given)} must be text, true or false, or a list of texts` };
		}
		if (name === undefined && text !== '') {
			return { problem: `${label}: ${JSON.stringify(text)} is refused: this map has no such key that quorate knows` };
		}
		if (name !== undefined && name !== null && text !== '') {
			settings.push({ name, text, label });
		}
	}
	return { settings };
}

function textOf(value: unknown): string | null {
	if (Array.isArray(value)) {
		return value.every((each) => typeof each === 'string') ? value.join(',') : null;
	}
	if (value === null) {
		return '';
	}
	return typeof value === 'string' || typeof value === 'boolean' ? String(value) : null;
}
