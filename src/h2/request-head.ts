/** A request's header fields as an rpc engine needs them, by the rules of RFC 9113, 8.2 and 8.3. Used by request-heads.ts. */
import { FIELD_KIND, type HeaderField } from './header-field.ts';

export interface RequestHead {
	readonly method: string;
	readonly path: string;
	/** :authority, or the host field in its place. */
	readonly authority: string | null;
	/** What a browser says of the page that asks. */
	readonly origin: string | null;
	readonly fetchSite: string | null;
	readonly contentType: string | null;
	/** What the DATA frames have to add up to. */
	readonly contentLength: number | null;
	readonly grpcTimeout: string | null;
	readonly grpcEncoding: string | null;
	readonly fields: readonly HeaderField[];
}

const PSEUDO_KIND_MAX = FIELD_KIND.authority;
const CONTENT_LENGTH = /^[0-9]{1,15}$/;

/** Null: the request is malformed. */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | null {
	// By kind, each the last; only pseudo fields must not be there twice.
	const values = new Array<string | null>(FIELD_KIND.malformed).fill(null);
	let isPastPseudo = false;
	for (const { kind, value } of fields) {
		const isPseudo = kind > FIELD_KIND.plain && kind <= PSEUDO_KIND_MAX;
		if (kind === FIELD_KIND.malformed || (isPseudo && (isPastPseudo || values[kind] !== null))) {
			return null;
		}
		isPastPseudo ||= !isPseudo;
		values[kind] = value;
	}
	const method = values[FIELD_KIND.method] ?? null;
	const path = values[FIELD_KIND.path] ?? null;
	const length = values[FIELD_KIND.contentLength] ?? null;
	if (method === null || path === null || path === '' || (values[FIELD_KIND.scheme] ?? null) === null) {
		return null;
	}
	if (length !== null && !CONTENT_LENGTH.test(length)) {
		return null;
	}
	return {
		method,
		path,
		authority: values[FIELD_KIND.authority] ?? values[FIELD_KIND.host] ?? null,
		origin: values[FIELD_KIND.origin] ?? null,
		fetchSite: values[FIELD_KIND.fetchSite] ?? null,
		contentType: values[FIELD_KIND.contentType] ?? null,
		contentLength: length === null ? null : Number(length),
		grpcTimeout: values[FIELD_KIND.grpcTimeout] ?? null,
		grpcEncoding: values[FIELD_KIND.grpcEncoding] ?? null,
		fields,
	};
}

/** Whether fields may be a request's trailers: no pseudo field, nothing malformed. */
export function areTrailers(fields: readonly HeaderField[]): boolean {
	return fields.every(({ kind }) => kind === FIELD_KIND.plain || (kind > PSEUDO_KIND_MAX && kind !== FIELD_KIND.malformed));
}
