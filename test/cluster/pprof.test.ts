/** Profiles of a running member's threads, where they were asked for by --enable-pprof, and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMember } from '../support/member.ts';

test('cluster: pprof: CPU and heap of threads, as files that tools read', { timeout: 60_000 }, async (t) => {
	const member = await startMember({ flags: { 'enable-pprof': 'true', placement: 'raft+log,store,peer+watch,api' } });
	t.after(() => member.stop());
	const get = (path: string): Promise<Response> => fetch(`${member.clientUrl}/debug/pprof/${path}`);
	for (const thread of ['main', 'log/0', 'api/0']) {
		const cpu = (await (await get(`profile?thread=${thread}&seconds=1`)).json()) as { readonly nodes?: readonly unknown[] };
		assert.ok((cpu.nodes ?? []).length > 0, thread);
	}
	const heap = await get('heap?thread=store/0');
	assert.equal(heap.headers.get('content-disposition'), 'attachment; filename="store-0.heapsnapshot"');
	assert.ok('snapshot' in ((await heap.json()) as object));
	assert.match(await (await get('')).text(), /heap\?thread=T/);
	assert.equal((await get('profile?thread=log/7&seconds=1')).status, 404);
	assert.equal((await get('profile?thread=main&seconds=301')).status, 400);
	assert.equal((await get('goroutine')).status, 404);
	assert.equal((await member.client.put('still', 'here')) > 0, true);
});

test('cluster: pprof: without the flag there is nothing', { timeout: 30_000 }, async (t) => {
	const member = await startMember();
	t.after(() => member.stop());
	assert.equal((await fetch(`${member.clientUrl}/debug/pprof/`)).status, 404);
});
