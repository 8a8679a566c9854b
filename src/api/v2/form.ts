/**
 * The parameters of a request, gathered as Go's ParseForm does: of POST and PUT the urlencoded body, then the query; of all others the
 * query alone (reference/etcd-surface.md 1.2). Values are byte strings (JS strings of characters 0 to 255). No multipart.
 */
import { unescapeUrl } from './url-escape.ts';

export interface Form {
	/** The first error of all, which fails the request (errorCode 210), or null. */
	readonly error: string | null;
	readonly values: ReadonlyMap<string, string>;
}

export interface FormInput {
	readonly method: string;
	readonly contentType: string | undefined;
	readonly body: string;
	readonly query: string;
}

export function parseForm(input: FormInput): Form {
	const form = new Gathering();
	if ((input.method === 'POST' || input.method === 'PUT') && isUrlencoded(input.contentType)) {
		form.add(input.body);
	}
	form.add(input.query);
	return form;
}

function isUrlencoded(contentType: string | undefined): boolean {
	return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

/** The first value of a name counts, so what is added first wins. */
class Gathering implements Form {
	error: string | null = null;
	readonly values = new Map<string, string>();

	add(text: string): void {
		for (const pair of text.split('&')) {
			if (pair !== '') {
				this.#addPair(pair);
			}
		}
	}

	#addPair(pair: string): void {
		if (pair.includes(';')) {
			this.error ??= 'invalid semicolon separator in query';
			return;
		}
		const equals = pair.indexOf('=');
		const name = unescapeUrl(equals === -1 ? pair : pair.slice(0, equals), { plusIsSpace: true });
		const value = unescapeUrl(equals === -1 ? '' : pair.slice(equals + 1), { plusIsSpace: true });
		if (!name.ok) {
			this.error ??= name.cause;
		} else if (!value.ok) {
			this.error ??= value.cause;
		} else if (!this.values.has(name.text)) {
			this.values.set(name.text, value.text);
		}
	}
}
