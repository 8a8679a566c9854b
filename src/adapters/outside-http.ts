/**
 * Requests to HTTP servers that are no members, such as a discovery service: short answers, redirects followed, https checked by the CAs of Node
 * and of the system. Used by cli/discovery.
 */
import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { outsideDispatcher } from './peer-http-client.ts';

export interface OutsideRequest {
	readonly method: 'GET' | 'PUT';
	readonly url: string;
	/** Of a PUT: a form. */
	readonly form: Readonly<Record<string, string>> | null;
	readonly timeoutMilliseconds: number;
}

export type OutsideAnswer =
	| { readonly ok: true; readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string | string[] | undefined>> }
	| { readonly ok: false; readonly isTimeout: boolean; readonly reason: string };

const ANSWER_CHARACTERS_MAX = 2 ** 20;

export class OutsideHttp {
	readonly #dispatcher: Dispatcher;

	/** proxy: a URL, or empty. isSecure: https is spoken, so that the CAs are needed. */
	constructor({ proxy, isSecure }: { readonly proxy: string; readonly isSecure: boolean }) {
		const ca = isSecure ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])] : null;
		this.#dispatcher = outsideDispatcher({ proxy, ca });
	}

	async ask({ method, url, form, timeoutMilliseconds }: OutsideRequest): Promise<OutsideAnswer> {
		const { origin, pathname, search } = new URL(url);
		const signal = AbortSignal.timeout(timeoutMilliseconds);
		try {
			const answer = await this.#dispatcher.request({
				origin,
				path: pathname + search,
				method,
				headers: form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
				body: form === null ? null : new URLSearchParams(form).toString(),
				signal,
				headersTimeout: timeoutMilliseconds,
				bodyTimeout: timeoutMilliseconds,
			});
			const body = await shortText(answer.body);
			return { ok: true, status: answer.statusCode, body, headers: answer.headers };
		} catch (error) {
			return { ok: false, isTimeout: signal.aborted, reason: reasonOf(error) };
		}
	}

	async close(): Promise<void> {
		await this.#dispatcher.destroy();
	}
}

async function shortText(body: AsyncIterable<Uint8Array>): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	for await (const chunk of body) {
		text += decoder.decode(chunk, { stream: true });
		if (text.length > ANSWER_CHARACTERS_MAX) {
			throw new Error(`the answer has more than ${ANSWER_CHARACTERS_MAX} characters`);
		}
	}
	return text + decoder.decode();
}

/** undici says "fetch failed" or nothing where the cause has the words. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) {
		return String(error);
	}
	const inner = error.cause instanceof Error ? error.cause : error;
	const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name;
	return inner.message === '' ? code : inner.message;
}
