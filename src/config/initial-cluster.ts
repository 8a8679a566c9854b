/** --initial-cluster: name=url,name=url, where a name may repeat for a member with several URLs. */
import type { ClusterMember } from './config.ts';
import { byBytes, parseUrls } from './urls.ts';

export type ParsedCluster = { readonly ok: true; readonly members: readonly ClusterMember[] } | { readonly ok: false; readonly rule: string };

/** Members sorted by name, each with its URLs sorted. */
export function parseInitialCluster(text: string): ParsedCluster {
	const urlsByName = new Map<string, string[]>();
	const nameByUrl = new Map<string, string>();
	for (const part of text.split(',')) {
		const equals = part.indexOf('=');
		const name = part.slice(0, Math.max(0, equals)).trim();
		if (name === '') {
			return { ok: false, rule: `must be a list of name=url (${JSON.stringify(part)} is not)` };
		}
		const parsed = parseUrls(part.slice(equals + 1), 'advertise');
		if (!parsed.ok) {
			return { ok: false, rule: `has a URL of ${name} that ${parsed.rule}` };
		}
		for (const url of parsed.urls) {
			const other = nameByUrl.get(url);
			if (other !== undefined) {
				return { ok: false, rule: `must not list a URL twice (${url} of ${other} and of ${name})` };
			}
			nameByUrl.set(url, name);
			urlsByName.set(name, [...(urlsByName.get(name) ?? []), url]);
		}
	}
	const members = [...urlsByName].map(([name, urls]) => ({ name, urls: urls.sort(byBytes) }));
	return { ok: true, members: members.sort((a, b) => byBytes(a.name, b.name)) };
}
