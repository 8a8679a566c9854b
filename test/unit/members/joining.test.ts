import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreedPlace, findPlace, refuseIfFounded, type ToldCluster } from '../../../src/members/joining.ts';

const URLS = { a: ['http://a:2380'], b: ['http://b:2380'], c: ['http://c:2380', 'http://c:2381'] };
const LIST = [
	{ name: 'a', urls: URLS.a },
	{ name: 'b', urls: URLS.b },
	{ name: 'c', urls: [...URLS.c].reverse() },
];

function told(names: { readonly c: string }): ToldCluster {
	return {
		clusterId: 'c1',
		members: [
			{ id: '1', slot: 1, name: 'a', peerUrls: URLS.a },
			{ id: '2', slot: 2, name: 'b', peerUrls: URLS.b },
			{ id: '3', slot: 7, name: names.c, peerUrls: URLS.c },
		],
	};
}

test('members: joining: a new member finds its id and slot by its peer URLs, in any order', () => {
	const found = findPlace({ name: 'c', initialCluster: LIST }, told({ c: '' }));
	assert.ok(found.ok);
	assert.deepEqual([found.member.id, found.member.slot, found.clusterId], ['3', 7, 'c1']);
});

test('members: joining: a list of another length is refused', () => {
	assert.deepEqual(findPlace({ name: 'a', initialCluster: LIST.slice(0, 2) }, told({ c: '' })), {
		ok: false,
		problem: 'member count is unequal: the cluster has 3, the list 2',
	});
});

test('members: joining: a URL that nobody has is refused', () => {
	const list = [...LIST.slice(0, 2), { name: 'c', urls: ['http://d:2380'] }];
	const found = findPlace({ name: 'c', initialCluster: list }, told({ c: '' }));
	assert.ok(!found.ok);
	assert.match(found.problem, /unmatched member .* http:\/\/d:2380 \(c\)/);
});

const OWN = { memberId: '3', clusterId: 'c1' };

test('members: joining: one that has run before is refused if any of those asked knows of it', () => {
	assert.throws(
		() => agreedPlace({ name: 'c', initialCluster: LIST }, [told({ c: '' }), told({ c: 'c' })]),
		/member 3 has already been bootstrapped/,
	);
});

test('members: joining: where those asked tell of different members at its URLs, it waits', () => {
	const newer = told({ c: '' });
	const members = newer.members.map((member) => (member.id === '3' ? { ...member, id: '4', slot: 8 } : member));
	const found = agreedPlace({ name: 'c', initialCluster: LIST }, [told({ c: '' }), { ...newer, members }]);
	assert.deepEqual(found, { ok: false, problem: 'the members tell of different members at its URLs: 3, 4' });
});

test('members: joining: nobody fits: there is no place yet', () => {
	assert.equal(agreedPlace({ name: 'c', initialCluster: LIST.slice(0, 2) }, [told({ c: '' })]), null);
});

test('members: joining: a founder that nobody knows to have run may begin', () => {
	refuseIfFounded(OWN, [told({ c: '' }), { clusterId: 'c1', members: [] }, { clusterId: 'c2', members: told({ c: 'c' }).members.slice(0, 2) }]);
});

test('members: joining: a founder that has run is refused', () => {
	assert.throws(() => refuseIfFounded(OWN, [told({ c: 'c' })]), /member 3 has already been bootstrapped/);
});

test('members: joining: a founder that has left its cluster is refused', () => {
	assert.throws(() => refuseIfFounded(OWN, [{ clusterId: 'c1', members: told({ c: 'c' }).members.slice(0, 2) }]), /member 3 has been removed/);
});
