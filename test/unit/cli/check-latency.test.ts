import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { runCheck } from '../../../src/cli/check-latency.ts';
import { describeVerdict, electionFor, profileFor } from '../../../src/cli/latency-verdict.ts';

const FLUSH = { what: 'flush', values: [1, 2, 3], trouble: null };

function link(milliseconds: number): { readonly what: string; readonly values: readonly number[]; readonly trouble: null } {
	return { what: 'link', values: [milliseconds], trouble: null };
}

test('cli: check latency: quick links get the shortest times, slow ones longer, and by the slowest of them', () => {
	assert.deepEqual(
		[electionFor([link(0.2)], FLUSH), electionFor([link(0.2), link(80)], FLUSH), electionFor([link(9_000)], FLUSH)],
		[150, 410, 5_000],
	);
});

test('cli: check latency: the profile is the shortest that is long enough', () => {
	assert.deepEqual([150, 500, 501, 3_000, 3_001].map(profileFor), ['lan', 'lan', 'cloud', 'wan', null]);
});

test('cli: check latency: with nothing measured it says that nothing can be said', () => {
	assert.match(describeVerdict([{ what: 'http://a', values: [], trouble: 'refused' }], FLUSH), /refused[\s\S]*Nothing can be said/);
});

test('cli: check latency: a listener and the disk are measured, and the choice is printed', async () => {
	const server = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const written: string[] = [];
	const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	await runCheck(['latency', '--endpoints', endpoint, '--data-dir', tmpdir(), '--rounds', '5'], (text) => void written.push(text));
	server.close();
	assert.equal(process.exitCode, 0);
	assert.match(written.join(''), new RegExp(`${endpoint}( +[0-9.]+){4}\nflush in .*( +[0-9.]+){4}\n\n--tuning=auto would settle`));
});
