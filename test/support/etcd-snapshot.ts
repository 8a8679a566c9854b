/** Snapshots with etcdctl and with quorate import, and what a member shows of its content: for tests that carry a store from one system to the other. */
import assert from 'node:assert/strict';
import { mustEtcdctl } from './etcdctl.ts';
import { type Member, quorateCommand } from './member.ts';
import { type RunResult, run } from './run.ts';

export interface SnapshotStatus {
	readonly hash: string;
	readonly revision: number;
	readonly totalKeys: number;
}

const IMPORT_WITHIN_MS = 3_600_000;

export async function saveSnapshot(member: Member, file: string): Promise<void> {
	await mustEtcdctl([member.clientUrl], ['snapshot', 'save', file, '--command-timeout', '1h']);
}

/** etcdctl 3.4 checks the pages of the file with bbolt's own check first. */
export async function snapshotStatus(file: string): Promise<SnapshotStatus> {
	const { code, stdout, stderr } = await run('etcdctl', ['snapshot', 'status', file], { env: { ETCDCTL_API: '3' }, withinMs: IMPORT_WITHIN_MS });
	assert.equal(code, 0, stderr);
	const [hash = '', revision, totalKeys] = stdout.trim().split(', ');
	return { hash, revision: Number(revision), totalKeys: Number(totalKeys) };
}

/** As the data directory of a cluster of one named m1; its peer URL is told when it is started, which changes nothing any more. */
export async function restoreSnapshot(file: string, dataDir: string): Promise<void> {
	const args = ['snapshot', 'restore', file, '--data-dir', dataDir, '--name', 'm1', '--initial-cluster', 'm1=http://localhost:2380'];
	const { code, stderr } = await run('etcdctl', args, { env: { ETCDCTL_API: '3' }, withinMs: IMPORT_WITHIN_MS });
	assert.equal(code, 0, stderr);
}

export function runImport(args: readonly string[]): Promise<RunResult> {
	const { command, args: words } = quorateCommand(['import', ...args]);
	return run(command, words, { withinMs: IMPORT_WITHIN_MS });
}

/** What it printed. */
export async function importSnapshot(file: string, dataDir: string, more: readonly string[] = []): Promise<string> {
	const { code, stdout, stderr } = await runImport([file, '--data-dir', dataDir, '--name', 'm1', ...more]);
	assert.equal(code, 0, stderr);
	return stdout;
}

/** All keys of some revisions, the hash at each, and all leases with their keys. */
export async function contentOf(member: Member, revisions: readonly number[]): Promise<unknown> {
	const at: unknown[] = [];
	for (const revision of revisions) {
		const range = JSON.parse(await mustEtcdctl([member.clientUrl], ['get', '', '--prefix', '-w', 'json', `--rev=${revision}`])) as { kvs?: unknown };
		const { hash, compactRevision } = await member.client.hashKv(revision);
		at.push({ revision, kvs: range.kvs ?? [], hash, compactRevision });
	}
	const listed = (await mustEtcdctl([member.clientUrl], ['lease', 'list'])).match(/^[0-9a-f]{1,16}$/gm) ?? [];
	const leases: unknown[] = [];
	for (const id of listed.sort()) {
		const text = await mustEtcdctl([member.clientUrl], ['lease', 'timetolive', id, '--keys', '-w', 'json']);
		const { 'granted-ttl': ttl, keys } = JSON.parse(text) as { 'granted-ttl': number; keys: string[] | null };
		leases.push({ id, ttl, keys: (keys ?? []).sort() });
	}
	const { revision } = await member.client.status();
	return { revision, at, leases };
}
