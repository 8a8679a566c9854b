/**
 * Members on a disk that refuses, fills up or is slow (support/disk-faults.c): the first refused write or flush ends the process with its code, nothing
 * acknowledged is missing at the next start; a slow one costs time only. FULL by environment: every refusal, and a longer look at the slow disk.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { makeTempDirectory } from '../support/cleanup.ts';
import { withCluster } from '../support/cluster.ts';
import { DiskFaults, ERRNO, type Fault } from '../support/disk-faults.ts';
import { delay } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';
import { RegisterLoad } from '../support/register-load.ts';

const isFull = process.env['FULL'] !== undefined;
const SLOW_MS = 100;
const SLOW_FOR_MS = isFull ? 60_000 : 6_000;
const WRITERS = 8;

interface Refusal {
	readonly what: string;
	readonly fault: Omit<Fault, 'kind'>;
	readonly code: number;
	/** In the short form too. */
	readonly short?: boolean;
}

const { EIO, ENOSPC } = ERRNO;
const { disk_failed, disk_full } = EXIT_CODES;
const REFUSALS: readonly Refusal[] = [
	{ what: "a flush of the journal's record", fault: { calls: ['flush'], part: '/journal/', argument: EIO }, code: disk_failed, short: true },
	{ what: "a write of the journal's record", fault: { calls: ['write'], part: '/journal/', argument: EIO }, code: disk_failed },
	{ what: 'no room for the journal', fault: { calls: ['write'], part: '/journal/', argument: ENOSPC }, code: disk_full, short: true },
	{ what: 'a flush while a segment is prepared', fault: { calls: ['flush'], part: '.tmp', argument: EIO }, code: disk_failed },
	{ what: 'the name of a new segment', fault: { calls: ['rename'], part: '/journal/', argument: EIO }, code: disk_failed },
	{ what: 'a commit of the store', fault: { calls: ['write'], part: '/store/1/data.mdb', argument: EIO }, code: disk_failed, short: true },
	{ what: 'no room for a commit of the store', fault: { calls: ['write'], part: '/store/1/data.mdb', argument: ENOSPC }, code: disk_full },
	{
		what: "a checkpoint's flush of the store",
		fault: { calls: ['flush'], part: '/store/1/data.mdb', argument: EIO },
		code: disk_failed,
		short: true,
	},
	{ what: "a checkpoint's side file", fault: { calls: ['write'], part: '/store/1/checkpoint', argument: EIO }, code: disk_failed },
	{ what: 'no room for the side file', fault: { calls: ['write'], part: '/store/1/checkpoint', argument: ENOSPC }, code: disk_full },
	{ what: "the flush of a checkpoint's side file", fault: { calls: ['flush'], part: '/store/1/checkpoint', argument: EIO }, code: disk_failed },
	{ what: "the name of a checkpoint's side file", fault: { calls: ['rename'], part: '/store/1/checkpoint', argument: EIO }, code: disk_failed },
	{ what: 'a fold into the log', fault: { calls: ['write'], part: '/log/data.mdb', argument: EIO }, code: disk_failed },
	{ what: 'the flush of a fold', fault: { calls: ['flush'], part: '/log/data.mdb', argument: EIO }, code: disk_failed },
];

/** Under load until it ends by the fault; then started on a sound disk, with all that was acknowledged. */
async function refuse(member: Member, faults: DiskFaults, { what, fault, code }: Refusal): Promise<void> {
	// Large values, so that segments are filled and folded soon.
	const workload = new PutWorkload({
		endpoints: [member.clientUrl],
		writers: WRITERS,
		valueBytes: 20_000,
		prefix: what.replaceAll(' ', '-'),
		deadlineMs: 1_000,
	});
	workload.start();
	await workload.progress(100);
	faults.begin({ ...fault, kind: 'refuse' });
	const ended = await member.ended;
	faults.end();
	await workload.stop();
	assert.deepEqual([ended.code, ended.signal], [code, null], `${what}: ${member.tail(5)}`);
	assert.ok(faults.hits > 0, what);
	await member.start();
	assert.deepEqual(await workload.missingAt(member.client), [], what);
}

test('storage: a disk that refuses: the first error ends the member with its code, and nothing acknowledged is missing', async (t) => {
	const dataDir = path.join(makeTempDirectory('refusals'), 'm1');
	const faults = new DiskFaults(dataDir);
	const member = await startMember({ dataDir, env: faults.environment });
	for (const refusal of REFUSALS.filter(({ short }) => isFull || short === true)) {
		await refuse(member, faults, refusal);
		t.diagnostic(`${refusal.what}: ended with ${refusal.code}`);
	}
	console.log(
		`figure: ${isFull ? REFUSALS.length : 'some'} kinds of refusal, each ended the member with its documented code; no acknowledged put was missing`,
	);
	member.client.close();
	await member.stop();
	faults.close();
});

test(`storage: a slow disk: where every flush takes ${SLOW_MS} ms longer there is no election and no stale read`, async () => {
	// The cluster chooses its directory: all that a harness of this kind makes are meant.
	const faults = new DiskFaults(makeTempDirectory('cluster').replace(/[^-]*$/, ''));
	await withCluster(3, { env: faults.environment }, async (cluster) => {
		const leader = await cluster.leader();
		const { raftTerm } = await leader.client.status();
		const load = new RegisterLoad(cluster.members);
		const workload = new PutWorkload({ endpoints: cluster.members.map(({ clientUrl }) => clientUrl), writers: WRITERS });
		await load.start();
		faults.begin({ kind: 'delay', calls: ['flush'], argument: SLOW_MS });
		workload.start();
		await delay(SLOW_FOR_MS);
		await workload.progress(20);
		const hits = faults.hits;
		const terms = await Promise.all(cluster.members.map(async ({ client }) => (await client.status()).raftTerm));
		faults.end();
		await load.stop();
		await workload.stop();
		await load.readEverywhere();
		console.log(`figure: ${hits} flushes of ${SLOW_MS} ms more, ${workload.acknowledged} puts, terms ${raftTerm} -> ${terms.join(' ')}`);
		assert.deepEqual(terms, [raftTerm, raftTerm, raftTerm]);
		for (const register of load.registers) {
			assert.deepEqual([register.stale, register.invented], [[], []], register.key);
		}
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), []);
		}
	});
	faults.close();
});
