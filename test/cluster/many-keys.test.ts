/**
 * Many keys with several versions on one member, as bench/million-keys.ts has them, and few enough for every day: what was written is there after a
 * kill and after a compaction, ranges of all of it are whole, and nobody's request waits for them. KEYS sets how many.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fillManyKeys, MANY_KEYS_RANGE, type ManyKeys, manyKey, manyValueHead } from '../support/many-keys.ts';
import { type Member, startMember } from '../support/member.ts';

const MANY: ManyKeys = { keys: Number(process.env['KEYS'] ?? 20_000), versions: 5, valueBytes: 256 };
const ALL = { rangeEnd: MANY_KEYS_RANGE.end, deadlineMs: 60_000 } as const;

let member: Member;

before(async () => {
	member = await startMember();
	await fillManyKeys(member.clientUrl, MANY);
});
after(() => member.stop());

/** Every key once, in order, with the value of this version. */
async function assertWhole(version: number, revision = 0): Promise<void> {
	const { kvs, count, more } = await member.client.range(MANY_KEYS_RANGE.from, { ...ALL, revision });
	assert.deepEqual([kvs.length, count, more], [MANY.keys, MANY.keys, false]);
	kvs.forEach(({ key, value }, at) => {
		assert.equal(key, manyKey(at));
		assert.ok(value.startsWith(manyValueHead(at, version)), `${key}: ${value.slice(0, 40)}`);
	});
}

test('cluster: many keys: a range of all of them, now and as they were', async () => {
	await assertWhole(MANY.versions);
	const { kvs } = await member.client.range(manyKey(MANY.keys - 1));
	assert.equal(kvs[0]?.version, MANY.versions);
	// The last txn of version 2 may be overtaken by the first ones of version 3, but not by 8 others.
	const revisionsOfVersion = MANY.keys / 100;
	const middle = await member.client.range(MANY_KEYS_RANGE.from, { ...ALL, revision: 1 + 2 * revisionsOfVersion + 8, limit: 100 });
	assert.equal(middle.count, MANY.keys);
});

test('cluster: many keys: they are all there after a kill', async () => {
	await member.kill();
	await member.start();
	await assertWhole(MANY.versions);
});

test('cluster: many keys: a compaction of all old versions leaves the newest, while clients put and get', async () => {
	const { revision } = await member.client.range(manyKey(0));
	let isOver = false;
	const others = (async () => {
		for (let turn = 0; !isOver; turn++) {
			await member.client.put('other', String(turn));
			assert.equal(await member.client.get('other'), String(turn));
		}
	})();
	await member.client.compact(revision, 60_000);
	isOver = true;
	await others;
	await assertWhole(MANY.versions);
	await assert.rejects(member.client.range(manyKey(0), { revision: revision - 1 }), /compacted/);
});
