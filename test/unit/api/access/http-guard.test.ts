/** What the guard of HTTP tells the audit log of a caller who does not wait for his answer. Whom it lets in: test/cluster/auth-doors.test.ts. */
import assert from 'node:assert/strict';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Access } from '../../../../src/api/access/access.ts';
import type { AuditEntry } from '../../../../src/api/access/audit.ts';
import { guardRoutes } from '../../../../src/api/access/http-guard.ts';
import { createHttpHandler } from '../../../../src/api/http/router.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { eventually } from '../../../support/eventually.ts';

test('http guard: a guess whose caller hangs up before it was looked at is noted, with his address', async () => {
	const entries: AuditEntry[] = [];
	let closed = (): void => {};
	const isClosed = new Promise<void>((resolve) => {
		closed = resolve;
	});
	const table = { enabled: true, revision: 1n, user: () => null };
	const access = {
		look: (work: (look: unknown) => unknown) => work({ table }),
		audit: { note: (entry: AuditEntry) => void entries.push(entry) },
		credentials: {
			verify: (_attempt: unknown, done: (code: number) => void) => {
				client.destroy();
				void isClosed.then(() => done(CODES.auth_failed.code));
			},
		},
	} as unknown as Access;
	const handler = createHttpHandler(guardRoutes(access, [{ path: '/debug/', handle: () => assert.fail('he was let in') }]));
	const server = createServer((request, response) => {
		response.once('close', closed);
		handler(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const authorization = `Basic ${Buffer.from('ann:guess').toString('base64')}`;
	const client = send({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path: '/debug/slow', headers: { authorization } });
	client.on('error', () => {});
	client.end();
	const line = await eventually(() => entries[0] ?? null, { what: 'the line' });
	server.close();
	const refusal = CODES.auth_failed.text;
	assert.deepEqual(line, { user: '', claimed: 'ann', from: '127.0.0.1', what: 'GET /debug/slow', keys: [], allowed: false, refusal });
});
