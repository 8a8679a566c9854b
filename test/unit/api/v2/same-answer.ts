/**
 * Whether two systems gave the same answer: byte for byte, but for the moment that a TTL was set at and counted from. Expirations must
 * have Go's form and lie near each other, and so must the seconds that are left.
 */
import type { WireAnswer } from './random-requests.ts';

const SECONDS_APART_MAX = 3;
const EXPIRATION = /"expiration":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z)"/g;
const TTL = /,"ttl":(-?\d+)/g;

export function isSameAnswer(ours: WireAnswer, theirs: WireAnswer): boolean {
	const headers = Object.keys(theirs.headers).every((name) => ours.headers[name] === theirs.headers[name]);
	return ours.status === theirs.status && headers && isSameBody(ours.body, theirs.body);
}

function isSameBody(ours: string, theirs: string): boolean {
	return (
		timeless(ours) === timeless(theirs) &&
		areNear(found(ours, EXPIRATION, inSeconds), found(theirs, EXPIRATION, inSeconds)) &&
		areNear(ttls(ours), ttls(theirs))
	);
}

/** What is about to be over or overdue may show a second or none, by when it is looked at. */
function timeless(body: string): string {
	return body
		.replace(EXPIRATION, '"expiration":"T"')
		.replace(TTL, (text, seconds: string) => (Number(seconds) <= SECONDS_APART_MAX ? '' : text.replace(seconds, 'N')));
}

function ttls(body: string): number[] {
	return found(body, TTL, Number).filter((seconds) => seconds > SECONDS_APART_MAX);
}

function inSeconds(time: string): number {
	return Date.parse(time) / 1_000;
}

function found(body: string, pattern: RegExp, read: (text: string) => number): number[] {
	return [...body.matchAll(pattern)].map((match) => read(match[1] ?? ''));
}

function areNear(ours: readonly number[], theirs: readonly number[]): boolean {
	return ours.length === theirs.length && ours.every((each, i) => Math.abs(each - (theirs[i] ?? Number.NaN)) <= SECONDS_APART_MAX);
}
