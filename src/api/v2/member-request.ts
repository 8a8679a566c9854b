/**
 * What the body of a request below /v2/members says. etcd's has peer URLs; `replaces` and `promotes` are quorate's own: the member that is
 * added, or the learner that is promoted, takes another's place in one step. Used by member-changes.ts.
 */
import type { Comer } from '../members/member-changes.ts';
import { parsePeerUrls } from '../members/peer-urls.ts';

export type MemberRequest =
	| { readonly kind: 'plain'; readonly peerUrls: readonly string[] }
	| { readonly kind: 'replacement'; readonly comes: Comer; readonly replaces: string }
	| { readonly kind: 'malformed'; readonly problem: string };

const HEX_ID = /^[0-9a-fA-F]{1,16}$/;
const NO_JSON = 'the body must be JSON such as {"peerURLs":["http://10.0.0.1:2380"]}';

/** As ids are written in answers, or null for what is none. */
export function parseMemberId(text: string): string | null {
	return HEX_ID.test(text) ? BigInt(`0x${text}`).toString(16) : null;
}

/** body: a byte string, or null for one that was too long. */
export function parseMemberRequest(body: string | null): MemberRequest {
	const fields = body === null ? null : parseFields(body);
	if (fields === null) {
		return malformed(NO_JSON);
	}
	const { peerURLs, replaces, promotes } = fields;
	if (promotes !== undefined) {
		return parsePromotion(fields);
	}
	// No list of URLs is an empty one, as for Go.
	const urls = peerURLs ?? [];
	if (!isTexts(urls)) {
		return malformed(NO_JSON);
	}
	const parsed = parsePeerUrls(urls);
	if (!parsed.ok) {
		return malformed(parsed.problem);
	}
	const { urls: peerUrls } = parsed;
	return replaces === undefined ? { kind: 'plain', peerUrls } : replacement({ peerUrls }, replaces);
}

function parsePromotion({ peerURLs, replaces, promotes }: Fields): MemberRequest {
	const id = typeof promotes === 'string' ? parseMemberId(promotes) : null;
	if (id === null) {
		return malformed('"promotes" must be the id of a learner, such as "8e9e05c52164694d"');
	}
	if (peerURLs !== undefined || replaces === undefined) {
		return malformed('"promotes" goes with "replaces", and without "peerURLs"');
	}
	return replacement({ promotes: id }, replaces);
}

function replacement(comes: Comer, replaces: unknown): MemberRequest {
	const id = typeof replaces === 'string' ? parseMemberId(replaces) : null;
	return id === null ? malformed('"replaces" must be the id of a member, such as "8e9e05c52164694d"') : { kind: 'replacement', comes, replaces: id };
}

interface Fields {
	readonly peerURLs?: unknown;
	readonly replaces?: unknown;
	readonly promotes?: unknown;
}

function parseFields(body: string): Fields | null {
	try {
		const value: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
		return typeof value === 'object' && value !== null ? value : null;
	} catch {
		return null;
	}
}

function malformed(problem: string): MemberRequest {
	return { kind: 'malformed', problem };
}

function isTexts(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((text) => typeof text === 'string');
}
