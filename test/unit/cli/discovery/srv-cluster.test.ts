/** What SRV records make of a cluster. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterOfTargets, type SrvTarget } from '../../../../src/cli/discovery/srv-cluster.ts';

const ONE: SrvTarget = { scheme: 'http', host: 'a.example.com', port: 2380, addresses: ['10.0.0.1'] };
const TWO: SrvTarget = { scheme: 'http', host: 'b.example.com', port: 2380, addresses: ['10.0.0.2', 'fd00::2'] };

test('discovery: SRV: this member is known by its address, and all are spelled as the records are', () => {
	const own = { name: 'me', urls: [{ url: 'http://10.0.0.2:2380', addresses: ['10.0.0.2'] }] };
	assert.deepEqual(clusterOfTargets([ONE, TWO], own), {
		ok: true,
		members: [
			{ name: '0', urls: ['http://a.example.com:2380'] },
			{ name: 'me', urls: ['http://b.example.com:2380'] },
		],
	});
});

test('discovery: SRV: a member that is called by a number keeps it for itself', () => {
	const own = { name: '0', urls: [{ url: 'http://10.0.0.2:2380', addresses: ['10.0.0.2'] }] };
	const cluster = clusterOfTargets([ONE, TWO], own);
	assert.deepEqual(cluster.ok && cluster.members.map(({ name }) => name), ['0', '1']);
});

test('discovery: SRV: another port of the same machine is another member', () => {
	const own = { name: 'me', urls: [{ url: 'http://10.0.0.1:12380', addresses: ['10.0.0.1'] }] };
	const cluster = clusterOfTargets([ONE], own);
	assert.match(cluster.ok ? '' : cluster.problem, /cannot find the local member me \(http:\/\/10\.0\.0\.1:12380\)/);
});

test("discovery: SRV: a record of this member's with another scheme is named", () => {
	const own = { name: 'me', urls: [{ url: 'https://10.0.0.1:2380', addresses: ['10.0.0.1'] }] };
	const cluster = clusterOfTargets([ONE, TWO], own);
	assert.match(cluster.ok ? '' : cluster.problem, /http:\/\/a\.example\.com:2380 .* with another scheme/);
});

test('discovery: SRV: without records there is no cluster', () => {
	const cluster = clusterOfTargets([], { name: 'me', urls: [{ url: 'http://10.0.0.1:2380', addresses: ['10.0.0.1'] }] });
	assert.match(cluster.ok ? '' : cluster.problem, /there are none/);
});
