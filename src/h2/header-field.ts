/**
 * One decoded header field, judged once: a field that comes again from the dynamic table is the same object, and its rules are not looked
 * at again. Used by hpack-decoder.ts and request-head.ts.
 */

/** What a field is to a request. malformed: by RFC 9113, 8.2 it makes its request so. */
export const FIELD_KIND = {
	plain: 0,
	method: 1,
	path: 2,
	scheme: 3,
	authority: 4,
	contentType: 5,
	contentLength: 6,
	grpcTimeout: 7,
	grpcEncoding: 8,
	host: 9,
	origin: 10,
	fetchSite: 11,
	malformed: 12,
} as const;

export interface HeaderField {
	readonly name: string;
	readonly value: string;
	readonly kind: number;
}

const KINDS: ReadonlyMap<string, number> = new Map([
	[':method', FIELD_KIND.method],
	[':path', FIELD_KIND.path],
	[':scheme', FIELD_KIND.scheme],
	[':authority', FIELD_KIND.authority],
	['content-type', FIELD_KIND.contentType],
	['content-length', FIELD_KIND.contentLength],
	['grpc-timeout', FIELD_KIND.grpcTimeout],
	['grpc-encoding', FIELD_KIND.grpcEncoding],
	['host', FIELD_KIND.host],
	['origin', FIELD_KIND.origin],
	['sec-fetch-site', FIELD_KIND.fetchSite],
	['connection', FIELD_KIND.malformed],
	['keep-alive', FIELD_KIND.malformed],
	['proxy-connection', FIELD_KIND.malformed],
	['transfer-encoding', FIELD_KIND.malformed],
	['upgrade', FIELD_KIND.malformed],
]);

/** A token of lower-case letters (RFC 9110, 5.6.2). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Neither NUL, CR nor LF, and no blank at either end. */
const VALUE = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;

export function makeField(name: string, value: string): HeaderField {
	return { name, value, kind: kindOf(name, value) };
}

function kindOf(name: string, value: string): number {
	if (!VALUE.test(value)) {
		return FIELD_KIND.malformed;
	}
	const kind = KINDS.get(name);
	if (kind !== undefined) {
		return kind;
	}
	// RFC 9113, 8.2.2: the one thing that a request may say of its connection.
	const isPlain = NAME.test(name) && (name !== 'te' || value === 'trailers');
	return isPlain ? FIELD_KIND.plain : FIELD_KIND.malformed;
}

/** As HPACK and SETTINGS_MAX_HEADER_LIST_SIZE count it (RFC 7541, 4.1). */
export function fieldBytes(field: HeaderField): number {
	return field.name.length + field.value.length + 32;
}
