import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { openPeerNetwork } from '../../../src/adapters/peer-network.ts';
import { peerTiming } from '../../../src/adapters/peer-timing.ts';
import type { Slot } from '../../../src/base/brand.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { CHANNEL } from '../../../src/protocol/messages.ts';
import { addressOf, CLUSTER_ID, introduce, TestCluster, type TestMember, text } from './peer-harness.ts';

const { control, bulk } = CHANNEL;
const LIMIT = { timeout: 30_000 };
let cluster = new TestCluster();

afterEach(async () => {
	await cluster.close();
	cluster = new TestCluster();
});

function say(from: TestMember, to: TestMember, words: readonly string[], channel: 0 | 1 = control): void {
	for (const word of words) {
		from.network.links.send(to.slot, channel, false, Buffer.from(word));
	}
	from.network.links.flush();
}

function upgradeAnswer(id: string): string {
	return `HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: quorate-raft/1\r\nX-Etcd-Cluster-ID: ${CLUSTER_ID}\r\nX-Server-From: ${id}\r\n\r\n`;
}

function heard(member: TestMember): string[] {
	return member.received.values.map(({ from, bytes }) => `${from}:${text(bytes)}`);
}

test('adapters: peer network: frames arrive in order, whole, and with their sender', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	const words = Array.from({ length: 500 }, (_, i) => `word ${i}`);
	say(a, b, words.slice(0, 200));
	say(a, b, words.slice(200));
	await b.received.untilCount(500);
	assert.deepEqual(
		heard(b),
		words.map((word) => `1:${word}`),
	);
});

test('adapters: peer network: three members all hear one another', LIMIT, async () => {
	const members = [await cluster.open(1), await cluster.open(2), await cluster.open(3)];
	introduce(...members);
	for (const from of members) {
		for (const to of members) {
			if (from !== to) {
				say(from, to, [`to ${to.slot}`]);
			}
		}
	}
	for (const member of members) {
		await member.received.untilCount(2);
		const others = members.filter((other) => other !== member);
		assert.deepEqual(
			heard(member).sort(),
			others.map((other) => `${other.slot}:to ${member.slot}`),
		);
	}
});

test('adapters: peer network: megabytes on bulk do not hold up control', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	say(a, b, ['up'], bulk);
	say(a, b, ['up'], control);
	await b.received.untilCount(2);
	const append = new Uint8Array(2 ** 20).fill(7);
	for (let i = 0; i < 48; i++) {
		a.network.links.send(b.slot, bulk, false, append);
	}
	a.network.links.send(b.slot, control, true, Buffer.from('beat'));
	a.network.links.flush();
	await b.received.untilCount(2 + 49);
	const beat = heard(b).indexOf('1:beat');
	assert.ok(beat >= 0 && beat < 2 + 48, `the heartbeat came at place ${beat} of 50`);
	assert.equal(b.received.values.filter(({ bytes }) => bytes.length === 2 ** 20 && bytes.every((byte) => byte === 7)).length, 48);
});

test('adapters: peer network: nobody is dialed and every frame dropped before the members are known', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	say(a, b, ['too early']);
	introduce(a, b);
	say(a, b, ['in time']);
	await b.received.untilCount(1);
	assert.deepEqual(heard(b), ['1:in time']);
});

test('adapters: peer network: while a member is away a newer heartbeat takes the place of the older', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	const proxy = await cluster.openProxy(b.url);
	proxy.isFrozen = true;
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b, proxy.url)], []);
	b.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b)], []);
	for (const word of ['beat 1', 'beat 2', 'beat 3']) {
		a.network.links.send(b.slot, control, true, Buffer.from(word));
	}
	say(a, b, ['vote']);
	proxy.isFrozen = false;
	proxy.cut();
	await b.received.untilCount(2);
	assert.deepEqual(heard(b), ['1:beat 3', '1:vote']);
});

test('adapters: peer network: a lost member is reported once and dialed again', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	const proxy = await cluster.openProxy(b.url);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b, proxy.url)], []);
	b.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b)], []);
	say(a, b, ['before']);
	await b.received.untilCount(1);
	await b.network.close();
	await a.downs.untilCount(1);
	const again = await cluster.open(2);
	again.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(again)], []);
	proxy.target = again.url;
	say(a, again, ['after']);
	await again.received.untilCount(1);
	assert.deepEqual(heard(again), ['1:after']);
	assert.deepEqual(a.downs.values, [2]);
});

test('adapters: peer network: a connection on which nothing comes back is lost and made anew', LIMIT, async () => {
	const [a, b] = [await cluster.open(1, { silentChecksMax: 3, checkMilliseconds: 20 }), await cluster.open(2)];
	const proxy = await cluster.openProxy(b.url);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b, proxy.url)], []);
	b.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b)], []);
	say(a, b, ['before']);
	await b.received.untilCount(1);
	proxy.freeze();
	await a.downs.untilCount(1);
	say(a, b, ['after']);
	await b.received.until((values) => values.some(({ bytes }) => text(bytes) === 'after'));
	assert.equal(a.downs.values[0], b.slot);
});

test('adapters: peer network: a member that reads nothing does not keep a write for ever', LIMIT, async () => {
	const a = await cluster.open(1, { silentChecksMax: 3, checkMilliseconds: 20 });
	const url = await cluster.openPuppet(upgradeAnswer('abc2'), (socket) => void socket.pause());
	const b = { slot: 2 as Slot, id: 'abc2', urls: [url], name: '' };
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), b], []);
	for (let i = 0; i < 32; i++) {
		a.network.links.send(b.slot, bulk, false, new Uint8Array(2 ** 20));
	}
	a.network.links.flush();
	await a.downs.untilCount(1);
	assert.equal(a.downs.values[0], b.slot);
});

test('adapters: peer network: a member that left is neither dialed nor heard any more', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	say(a, b, ['before']);
	await b.received.untilCount(1);
	b.network.links.setMembers(CLUSTER_ID, [addressOf(b)], [a.id]);
	await a.downs.untilCount(1);
	await a.lines.until((lines) => lines.includes('could not connect to a peer'));
	say(a, b, ['after']);
	assert.deepEqual(heard(b), ['1:before']);
});

test('adapters: peer network: what was said to a member before it left still reaches it, also what waits behind a write', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	say(a, b, ['before']);
	await b.received.untilCount(1);
	say(a, b, ['under way']);
	say(a, b, ['that it has left']);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a)], [b.id]);
	await b.received.untilCount(3);
	assert.deepEqual(heard(b), ['1:before', '1:under way', '1:that it has left']);
});

test('adapters: peer network: an answer from a member that was not dialed is refused', LIMIT, async () => {
	const a = await cluster.open(1);
	let bytes = 0;
	const url = await cluster.openPuppet(upgradeAnswer('abc9'), (socket) => {
		socket.on('data', (chunk) => {
			bytes += chunk.length;
		});
	});
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), { slot: 2 as Slot, id: 'abc2', urls: [url], name: '' }], []);
	a.network.links.send(2 as Slot, control, false, Buffer.from('secret'));
	await a.lines.until((lines) => lines.includes('could not connect to a peer'));
	assert.equal(bytes, 0);
	assert.ok(!a.lines.values.includes('established a connection to a peer'));
});

test('adapters: peer network: a taken port is a fault that names option, value and reason', LIMIT, async () => {
	const a = await cluster.open(1);
	const options = {
		listenUrls: [a.url],
		selfId: 'abc9',
		selfSlot: 9 as Slot,
		advertiseUrls: [a.url],
		clusterId: null,
		incomingDirectory: a.directory,
		versionText: '3.7.1',
		timing: peerTiming(100),
		tls: null,
		random: new SeededRandom(1),
		turn: { run: () => {} },
		logger: SILENT,
	};
	await assert.rejects(openPeerNetwork(options), (error) => {
		assert.ok(error instanceof FatalError);
		assert.equal(error.reason, 'listen_failed');
		assert.match(error.message, /--listen-peer-urls: "http:\/\/127\.0\.0\.1:\d+" .*EADDRINUSE/);
		return true;
	});
});

test('adapters: peer network: a member whose table is behind takes in one that it does not know yet, and answers it', LIMIT, async () => {
	const [old, newer] = [await cluster.open(1), await cluster.open(7)];
	old.network.links.setMembers(CLUSTER_ID, [addressOf(old)], []);
	newer.network.links.setMembers(CLUSTER_ID, [addressOf(old), addressOf(newer)], []);
	say(newer, old, ['entries']);
	await old.received.untilCount(1);
	say(old, newer, ['accepted']);
	await newer.received.untilCount(1);
	assert.deepEqual([heard(old), heard(newer)], [['7:entries'], ['1:accepted']]);
});

test('adapters: peer network: a guest stays when the table catches up, and goes when the table says that it has left', LIMIT, async () => {
	const [a, guest] = [await cluster.open(1), await cluster.open(7)];
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a)], []);
	guest.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(guest)], []);
	say(guest, a, ['one']);
	await a.received.untilCount(1);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(guest)], []);
	say(guest, a, ['two']);
	await a.received.untilCount(2);
	assert.deepEqual(a.downs.values, []);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a)], [guest.id]);
	await guest.removals.untilCount(1);
	assert.deepEqual(heard(a), ['7:one', '7:two']);
});

test('adapters: peer network: a member that its own table no longer holds ends once another knows it too', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(b)], [a.id]);
	b.network.links.setMembers(CLUSTER_ID, [addressOf(b)], [a.id]);
	await a.removals.untilCount(1);
	assert.deepEqual(b.removals.values, []);
});

test('adapters: peer network: a member that alone knows of its removal stays, and is heard', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	introduce(a, b);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(b)], [a.id]);
	await a.lines.untilCount(1);
	for (let count = 1; count <= 20; count++) {
		say(a, b, [`word ${count}`]);
		await b.received.untilCount(count);
	}
	assert.deepEqual(a.removals.values, []);
});

test('adapters: peer network: a member learns by 410 that it was removed while it was away', LIMIT, async () => {
	const [a, b] = [await cluster.open(1), await cluster.open(2)];
	b.network.links.setMembers(CLUSTER_ID, [addressOf(b)], [a.id]);
	a.network.links.setMembers(CLUSTER_ID, [addressOf(a), addressOf(b)], []);
	await a.removals.untilCount(1);
	assert.ok(a.lines.values.includes('this member has been removed from the cluster; it will end'));
});
