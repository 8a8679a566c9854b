/**
 * A client of the lock or leader module as a process of its own, which the test kills, pauses and cuts off: it asks for the lock, holds it for a
 * while with renewals, says until when it may believe that it has it, and gives it back or forgets to. Started by v2-modules.test.ts.
 *
 *   node lock-worker.ts NAME lock|leader URL      prints lines of JSON (WorkerLine)
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Times in milliseconds since 1970, of the one clock that all processes of the machine share. */
export type WorkerLine =
	/** A renewal has succeeded, so that the lock is held from `from` on, and its time does not end before `until`. */
	| { readonly kind: 'held'; readonly index: number; readonly from: number; readonly until: number }
	/** About to be given back: nothing is believed from here on. */
	| { readonly kind: 'left'; readonly index: number; readonly at: number };

const TTL_SECONDS = 1;
const HOLD_MILLISECONDS = 300;
const RENEW_MILLISECONDS = 100;
const ANSWER_MILLISECONDS = 5_000;
const REST_MILLISECONDS = 50;
const LOCK = 'shared';

const [name = '', module = 'lock', url = ''] = process.argv.slice(2);
const ttl = String(TTL_SECONDS);

function say(line: WorkerLine): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The answer's text; null: refused, or unknown. */
async function ask(method: string, path: string, parameters: Readonly<Record<string, string>>): Promise<string | null> {
	try {
		const target = `${url}/mod/v2/${path}/${LOCK}?${new URLSearchParams(parameters)}`;
		const answer = await fetch(target, { method, signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
		const text = await answer.text();
		return answer.ok ? text : null;
	} catch {
		return null;
	}
}

/** The index of the lock, or null. */
async function win(value: string): Promise<number | null> {
	const text = await (module === 'lock' ? ask('POST', 'lock', { ttl, value }) : ask('PUT', 'leader', { ttl, name: value }));
	return text === null || !/^[0-9]+$/.test(text) ? null : Number(text);
}

async function renew(index: number): Promise<boolean> {
	const asked = Date.now();
	const answer = await ask('PUT', 'lock', { ttl, index: String(index) });
	if (answer !== null) {
		say({ kind: 'held', index, from: Date.now(), until: asked + TTL_SECONDS * 1_000 });
	}
	return answer !== null;
}

async function hold(index: number): Promise<boolean> {
	const end = Date.now() + HOLD_MILLISECONDS;
	let isHeld = await renew(index);
	while (isHeld && Date.now() < end) {
		await delay(RENEW_MILLISECONDS);
		isHeld = await renew(index);
	}
	return isHeld;
}

for (let turn = 0; ; turn++) {
	const index = await win(`${name}-${turn}`);
	const forgets = turn % 4 === 3;
	if (index !== null && (await hold(index)) && !forgets) {
		say({ kind: 'left', index, at: Date.now() });
		await ask('DELETE', 'lock', { index: String(index) });
	} else {
		await delay(REST_MILLISECONDS);
	}
}
