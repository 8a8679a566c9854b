/** etcdctl against some members, either version of the API; its words and its exit code are what tests look at. */
import assert from 'node:assert/strict';
import { type RunResult, run } from './run.ts';

export interface ListedMember {
	readonly id: string;
	readonly name: string;
	readonly peerUrl: string;
	readonly learner: boolean;
}

export function etcdctl(endpoints: readonly string[], args: readonly string[], api: '2' | '3' = '3'): Promise<RunResult> {
	return run('etcdctl', ['--endpoints', endpoints.join(','), ...args], { env: { ETCDCTL_API: api } });
}

/** Its output; a failure fails the test with what it said. */
export async function mustEtcdctl(endpoints: readonly string[], args: readonly string[], api: '2' | '3' = '3'): Promise<string> {
	const { code, stdout, stderr } = await etcdctl(endpoints, args, api);
	assert.equal(code, 0, `etcdctl ${args.join(' ')}: ${stderr}`);
	return stdout;
}

/** As the asked member knows them. */
export async function listMembers(endpoint: string): Promise<readonly ListedMember[]> {
	const text = await mustEtcdctl([endpoint], ['member', 'list']);
	return text
		.trim()
		.split('\n')
		.map((line) => line.split(', '))
		.map(([id = '', , name = '', peerUrl = '', , learner]) => ({ id, name, peerUrl, learner: learner === 'true' }));
}

/** What `member add` prints for the newcomer. */
export function initialClusterOf(output: string): string {
	const [, list] = /^ETCD_INITIAL_CLUSTER="(.*)"$/m.exec(output) ?? [];
	assert.ok(list !== undefined, `member add has printed no list: ${output}`);
	return list;
}
