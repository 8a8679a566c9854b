/** Many keys out to Debian's etcd and in again, with the time and the memory that it takes. KEYS: how many, of 256 bytes. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { importSnapshot, restoreSnapshot, saveSnapshot, snapshotStatus } from '../support/etcd-snapshot.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

const KEYS = Number(process.env['KEYS'] ?? 5_000);
const PUTS_A_TXN = 100;
const TXNS_AT_ONCE = 16;
const VALUE = Buffer.alloc(256, 'v');
const HASH_MS = 600_000;
const SAMPLE_MS = 50;

async function fill(member: Member): Promise<void> {
	let next = 0;
	const write = async (): Promise<void> => {
		for (let lo = next; lo < KEYS; lo = next) {
			next = lo + PUTS_A_TXN;
			const puts = Array.from({ length: Math.min(PUTS_A_TXN, KEYS - lo) }, (_, i) => ({
				request_put: { key: Buffer.from(`key/${String(lo + i).padStart(10, '0')}`), value: VALUE },
			}));
			await member.client.txn({ compare: [], success: puts, failure: [] } as never, HASH_MS);
		}
	};
	await Promise.all(Array.from({ length: TXNS_AT_ONCE }, write));
}

/** Mebibytes of memory of its own, pages of files aside. */
function anonymousMemory(pid: number): number {
	return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

/** How long the work takes, and the most memory that the member has meanwhile. */
async function measured(member: Member | null, what: string, work: () => Promise<unknown>): Promise<void> {
	const startedAt = performance.now();
	const before = member === null ? 0 : anonymousMemory(member.pid);
	let most = before;
	const timer = setInterval(() => {
		most = member === null ? 0 : Math.max(most, anonymousMemory(member.pid));
	}, SAMPLE_MS);
	await work();
	clearInterval(timer);
	const memory = member === null ? '' : `, RssAnon of ${member.name} from ${Math.round(before)} to at most ${Math.round(most)} MiB`;
	console.log(`figure: ${what} of ${KEYS} keys: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s${memory}`);
}

test("snapshot: many keys out to Debian's etcd and in again: the hash stays the same", async () => {
	const directory = makeTempDirectory('roundtrip');
	const members: Member[] = [];
	try {
		const quorate = await startMember({ flags: { 'max-txn-ops': String(PUTS_A_TXN), 'quota-backend-bytes': String(8 * 2 ** 30) } });
		members.push(quorate);
		await fill(quorate);
		const wanted = await quorate.client.hashKv(0, HASH_MS);
		const out = join(directory, 'out.db');
		await measured(quorate, 'snapshot', () => saveSnapshot(quorate, out));
		console.log(`figure: snapshot file: ${Math.round(statSync(out).size / 2 ** 20)} MiB`);
		assert.equal((await snapshotStatus(out)).revision, wanted.hashRevision);

		const restored = join(directory, 'restored');
		await restoreSnapshot(out, restored);
		const etcd = await startEtcd({ dataDir: restored, flags: { 'quota-backend-bytes': String(8 * 2 ** 30) } });
		members.push(etcd);
		assert.equal((await etcd.client.hashKv(wanted.hashRevision, HASH_MS)).hash, wanted.hash);
		const back = join(directory, 'back.db');
		await saveSnapshot(etcd, back);
		const imported = join(directory, 'imported');
		await measured(null, 'import', () => importSnapshot(back, imported));
		const again = await startMember({ dataDir: imported });
		members.push(again);
		assert.deepEqual(await again.client.hashKv(wanted.hashRevision, HASH_MS), wanted);
	} finally {
		for (const member of members) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
		removeTempDirectory(directory);
	}
});
