/** --cors and --host-whitelist, from their text to the settings, or the rule that it breaks. Used by check.ts. */
import { isIP } from 'node:net';
import { type AccessSettings, ANY } from '../base/access-settings.ts';
import { splitUrl } from './urls.ts';
import type { Values } from './values.ts';

const NAME = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;
/** What a browser sends: scheme and host, and the port unless it is the scheme's own. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._[\]:-]+$/;

export function brokenAccess(values: Values): { readonly option: 'cors' | 'host-whitelist'; readonly rule: string } | null {
	const origin = wordsOf(values.cors).find((word) => word !== ANY && !ORIGIN.test(word));
	if (origin !== undefined) {
		return { option: 'cors', rule: `must list origins of the form scheme://host or scheme://host:port (${origin})` };
	}
	const host = wordsOf(values['host-whitelist']).find((word) => word !== ANY && !NAME.test(word) && isIP(word) === 0);
	return host === undefined ? null : { option: 'host-whitelist', rule: `must list host names or addresses, without a port (${host})` };
}

/** Of checked values. */
export function accessOf(values: Values): AccessSettings {
	return {
		hosts: wordsOf(values['host-whitelist']),
		ownHosts: values['advertise-client-urls'].flatMap((url) => splitUrl(url)?.host.toLowerCase() ?? []),
		origins: wordsOf(values.cors).map(withoutUsualPort),
	};
}

/** A final slash is what etcd's users copy from a browser. */
function wordsOf(text: string): readonly string[] {
	const words = text.split(',').map((word) => word.trim().toLowerCase().replace(/\/$/, ''));
	return words.filter((word) => word !== '');
}

function withoutUsualPort(origin: string): string {
	return origin.replace(/^(http:\/\/.*):80$|^(https:\/\/.*):443$/, '$1$2');
}
