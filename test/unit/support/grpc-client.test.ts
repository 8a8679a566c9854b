import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { KvClient } from '../../support/kv-client.ts';

test('support: grpc client: a call to a server that accepts and never reads ends at its deadline', async (t) => {
	const server = createServer({ pauseOnConnect: true });
	t.after(() => server.close());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	assert.ok(address !== null && typeof address === 'object');
	const client = new KvClient(`http://127.0.0.1:${address.port}`);
	t.after(() => client.close());
	// More than a session may send before the other side has said anything.
	const puts = Array.from({ length: 10 }, () => client.put('k', 'v'.repeat(20_000), 1));
	const ended = await Promise.allSettled(puts);
	assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set(['rejected']));
});
