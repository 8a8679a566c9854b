import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CLUSTER_TOKEN, decodeIdentity, encodeIdentity, foreignBecause, type MemberIdentity } from '../../../src/adapters/member-identity.ts';

const identity: MemberIdentity = { memberId: '8211f1d0f64f3269', clusterId: 'ef37ad9dc622a7c4', name: 'm1', initialClusterToken: 'tok', slot: 2 };

test('member identity: file: it reads back as it was written', () => {
	assert.deepEqual(decodeIdentity(encodeIdentity(identity), '/d/member.json'), identity);
});

test('member identity: file: a changed value is refused, and the file is named', () => {
	const edited = new TextDecoder().decode(encodeIdentity(identity)).replace('"m1"', '"m2"');
	assert.throws(() => decodeIdentity(new TextEncoder().encode(edited), '/d/member.json'), {
		reason: 'data_dir_unusable',
		message: /\/d\/member\.json: its checksum/,
	});
});

test('member identity: file: one cut short at any byte but its last line break is refused', () => {
	const bytes = encodeIdentity(identity);
	for (let size = 0; size < bytes.length - 1; size++) {
		assert.throws(() => decodeIdentity(bytes.slice(0, size), '/d/member.json'), { reason: 'data_dir_unusable' }, `${size} bytes`);
	}
});

test('member identity: file: a format of a later version is refused as such', () => {
	const later = new TextDecoder().decode(encodeIdentity(identity)).replace('"format": 1', '"format": 2');
	assert.throws(() => decodeIdentity(new TextEncoder().encode(later), '/d/member.json'), /format 2; this version reads format 1/);
});

test('member identity: foreign: the same name and token are the member itself', () => {
	assert.equal(foreignBecause({ name: 'm1', initialClusterToken: 'tok' }, identity), null);
});

test('member identity: foreign: another name is another member, and the message names both', () => {
	assert.match(foreignBecause({ name: 'm2', initialClusterToken: 'tok' }, identity) ?? '', /--name=m2: .* "m1"/);
});

test('member identity: foreign: another token is another cluster, and the message names both', () => {
	assert.match(foreignBecause({ name: 'm1', initialClusterToken: 'other' }, identity) ?? '', /--initial-cluster-token=other: .* "tok"/);
});

test('member identity: foreign: a token that was not given says nothing', () => {
	assert.equal(foreignBecause({ name: 'm1', initialClusterToken: DEFAULT_CLUSTER_TOKEN }, identity), null);
});
