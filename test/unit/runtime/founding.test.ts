import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { decodeBootstrap } from '../../../src/members/commands.ts';
import { decodeCommand } from '../../../src/protocol/command.ts';
import { type Founding, foundCluster } from '../../../src/runtime/founding.ts';

const THREE = [
	{ name: 'a', urls: ['http://127.0.0.1:2380'] },
	{ name: 'b', urls: ['http://127.0.0.1:22380'] },
	{ name: 'c', urls: ['http://127.0.0.1:32380'] },
];

function found(name: string, initialCluster: Config['initialCluster']): Founding {
	const config = { name, initialCluster, initialClusterToken: 'etcd-cluster' } as unknown as Config;
	return foundCluster(config, (bytes) => createHash('sha1').update(bytes).digest());
}

test('founding: ids: the default member has the ids that etcd gives it', () => {
	const founding = found('default', [{ name: 'default', urls: ['http://localhost:2380'] }]);
	assert.equal(founding.memberId, '8e9e05c52164694d');
	assert.equal(founding.clusterId, 'cdf818194e3a8c32');
});

test('founding: bootstrap: every member comes to the same bytes, whatever the order of its options', () => {
	const [a, b] = [found('a', THREE), found('b', [...THREE].reverse())];
	assert.deepEqual(a.bootstrap, b.bootstrap);
});

test('founding: bootstrap: names are left out, so that members that spell them differently still agree', () => {
	const renamed = THREE.map(({ name, urls }) => ({ name: `${name}-2`, urls }));
	assert.deepEqual(found('a', THREE).bootstrap, found('a-2', renamed).bootstrap);
});

test('founding: slots: each member finds itself under its own slot', () => {
	const founding = found('b', THREE);
	const command = decodeCommand(founding.bootstrap);
	assert.ok(command !== null);
	const self = decodeBootstrap(command.body).members.find(({ id }) => id === founding.memberId);
	assert.equal(self?.slot, founding.slot);
	assert.deepEqual(self?.peerUrls, ['http://127.0.0.1:22380']);
});
