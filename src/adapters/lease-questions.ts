/** Asks another member's lessor, for the clients of this one: the page is lease-page.ts. The answer is checked before it is believed. Used by workers/api.worker.ts. */
import { codeRow } from '../base/codes.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import { LEASES_PATH, parseObject } from './lease-page.ts';
import type { KeptConnections } from './peer-http-client.ts';
import { type Introduction, introduce } from './peer-questions.ts';

/** Asks at one URL after the other; null if none answers. */
export async function askLeases(
	connections: KeptConnections,
	urls: readonly string[],
	own: Introduction,
	question: LeaseQuestion,
	timeoutMilliseconds: number,
): Promise<LeaseAnswer | null> {
	const body = JSON.stringify({ renew: question.renew, ids: question.ids.map(String) });
	for (const url of urls) {
		const request = { url, path: LEASES_PATH, headers: introduce(own), expected: {}, tls: own.tls, timeoutMilliseconds };
		const answer = await connections.post(request, body);
		if (answer.ok) {
			return parseAnswer(answer.body, question.ids.length);
		}
	}
	return null;
}

function parseAnswer(text: string, rows: number): LeaseAnswer | null {
	const value = parseObject(text);
	const code = value?.['code'];
	const remaining = value?.['remaining'];
	const granted = value?.['granted'];
	if (typeof code !== 'number' || codeRow(code) === null || !isSeconds(remaining) || !isSeconds(granted)) {
		return null;
	}
	const isWhole = remaining.length === granted.length && remaining.length === (code === 0 ? rows : 0);
	return isWhole ? { code, remaining, granted } : null;
}

function isSeconds(value: unknown): value is readonly number[] {
	return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
}
