/** The map `discovery-config` of a configuration file in etcd's form, as settings of the options (reference/etcd-surface.md 4.1). Used by read-file.ts. */
import type { OptionName } from './options.ts';
import type { Setting } from './setting.ts';

/** Entry -> option. Durations are nanoseconds in a file of etcd's. */
const ENTRIES: ReadonlyMap<string, OptionName> = new Map([
	['token', 'discovery-token'],
	['client.endpoints', 'discovery-endpoints'],
	['client.dial-timeout', 'discovery-dial-timeout'],
	['client.request-timeout', 'discovery-request-timeout'],
	['client.keepalive-time', 'discovery-keepalive-time'],
	['client.keepalive-timeout', 'discovery-keepalive-timeout'],
	['client.secure.cert', 'discovery-cert'],
	['client.secure.key', 'discovery-key'],
	['client.secure.cacert', 'discovery-cacert'],
	['client.secure.insecure-transport', 'discovery-insecure-transport'],
	['client.secure.insecure-skip-tls-verify', 'discovery-insecure-skip-tls-verify'],
	['client.auth.username', 'discovery-user'],
	['client.auth.password', 'discovery-password'],
]);
const LEVELS_MAX = 4;

/** The settings, or the entry that is none. An entry that is empty asks for nothing. */
export function readDiscoveryMap(path: string, map: unknown): { readonly settings: readonly Setting[] } | { readonly unknown: string } {
	const settings: Setting[] = [];
	for (const [entry, value] of flatten(map, '', LEVELS_MAX)) {
		const name = ENTRIES.get(entry);
		if (value === null || value === '') {
			continue;
		}
		if (name === undefined) {
			return { unknown: entry };
		}
		settings.push({ name, text: textOf(value), label: `discovery-config.${entry} (in ${path})` });
	}
	return { settings };
}

function textOf(value: unknown): string {
	if (typeof value === 'number') {
		return `${value}ns`;
	}
	return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

function flatten(value: unknown, prefix: string, levels: number): readonly (readonly [string, unknown])[] {
	if (typeof value !== 'object' || value === null || Array.isArray(value) || levels === 0) {
		return [[prefix, value]];
	}
	return Object.entries(value).flatMap(([key, inner]) => flatten(inner, prefix === '' ? key : `${prefix}.${key}`, levels - 1));
}
