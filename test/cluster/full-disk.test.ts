/**
 * A member on a small file system: requests are refused with NOSPACE before its writes fail, deletes bring the room back; and where the disk is full all
 * the same, the member ends with its code and starts again once there is room. The file system is in memory (needs root), or one that a test refuses on.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { makeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import { type Member, startMember } from '../support/member.ts';

const MIB = 2 ** 20;
const SIZE_MIB = 512;
const VALUE_BYTES = MIB;
const RESOURCE_EXHAUSTED = 8;
/** More than the file system holds. */
const PUTS_MAX = 600;

const mounted = makeTempDirectory('full-disk');
const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'quorate-test', mounted], { encoding: 'utf8' });
assert.equal(status, 0, `a small file system is mounted, which needs root: ${stderr}`);
after(() => spawnSync('umount', ['-l', mounted]));

async function putUntilRefused(member: Member): Promise<number> {
	for (let i = 0; i < PUTS_MAX; i++) {
		try {
			await member.client.put(`large/${i}`, '.'.repeat(VALUE_BYTES), 20_000);
		} catch (error) {
			assert.ok(error instanceof RpcError && error.grpcStatus === RESOURCE_EXHAUSTED, String(error));
			return i;
		}
	}
	return PUTS_MAX;
}

test('storage: full disk: NOSPACE comes before a write fails, and goes when there is room again', async () => {
	const member = await startMember({ dataDir: path.join(mounted, 'm1') });
	const done = await putUntilRefused(member);
	const { bavail, bsize } = statfsSync(mounted);
	console.log(`figure: ${done} puts of 1 MiB on ${SIZE_MIB} MiB, refused with ${Math.round((bavail * bsize) / MIB)} MiB free`);
	assert.ok(done > 20 && done < PUTS_MAX, `${done} puts`);
	assert.equal(await member.client.get('large/0'), '.'.repeat(VALUE_BYTES));
	await member.client.delete('large/', { rangeEnd: 'large0' });
	await member.client.compact((await member.client.status()).revision);
	await eventually(
		async () => {
			try {
				await member.client.put('small', 'again');
				return true;
			} catch {
				return false;
			}
		},
		{ what: 'a put after NOSPACE', withinMs: 30_000 },
	);
	member.client.close();
	await member.stop();
	rmSync(member.dataDir, { recursive: true });
});

test('storage: full disk: one that is full all the same ends the member with its code, and it starts again once there is room', async () => {
	const member = await startMember({ dataDir: path.join(mounted, 'm2') });
	await member.client.put('before', 'kept');
	// Somebody else takes the room at once, all of it.
	const ballast = path.join(mounted, 'ballast');
	const { bavail, bsize } = statfsSync(mounted);
	writeFileSync(ballast, Buffer.alloc(bavail * bsize - 64 * 1024));
	let acknowledged = 0;
	const puts = (async () => {
		for (let i = 0; i < PUTS_MAX; i++) {
			await member.client.put(`after/${i}`, '.'.repeat(4_000), 5_000);
			acknowledged = i + 1;
		}
	})().catch(() => {});
	// The alarm may hold the requests off; what the member writes by itself then meets the end of the disk, or nothing does.
	await puts;
	const outcome = await Promise.race([member.ended, member.client.status(2_000).then(() => null)]).catch(() => member.ended);
	if (outcome !== null) {
		assert.deepEqual([outcome.code, outcome.signal], [EXIT_CODES.disk_full, null], member.tail(5));
	} else {
		await member.kill();
	}
	console.log(
		`figure: on a full disk ${outcome === null ? 'the member stayed and refused' : `it ended with ${outcome.code}`} after ${acknowledged} puts`,
	);
	rmSync(ballast);
	await member.start();
	assert.equal(await member.client.get('before'), 'kept');
	for (let i = 0; i < acknowledged; i++) {
		assert.equal(await member.client.get(`after/${i}`), '.'.repeat(4_000), `after/${i}`);
	}
	member.client.close();
	await member.stop();
});
