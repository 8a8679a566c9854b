/** The Watch call message by message, on quorate and on Debian's etcd: what comes, in which order, with which ids and revisions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { longFromNumber } from '../../src/rpc/long-id.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';
import { bytes, prefixEnd, WatchProgram } from './watch-program.ts';

type Program = (program: WatchProgram) => Promise<void>;

const PROGRAMS: Readonly<Record<string, Program>> = {
	'events of a key, live': async (p) => {
		const stream = p.open();
		stream.create({ key: bytes('live/a') });
		await p.note(stream);
		await p.put('live/a', '1');
		await p.put('live/b', 'not watched');
		await p.put('live/a', '2');
		await p.member.client.delete('live/a');
		await p.note(stream, 3);
	},
	'a prefix with the values before': async (p) => {
		const stream = p.open();
		await p.put('prev/a', 'old');
		stream.create({ key: bytes('prev/'), range_end: prefixEnd('prev/'), prev_kv: true });
		await p.note(stream);
		await p.put('prev/a', 'new');
		await p.put('prev/b', 'first');
		await p.member.client.delete('prev/a');
		await p.note(stream, 3);
	},
	'ids: given, taken, chosen, used again': async (p) => {
		const stream = p.open();
		const create = (id: number): void => stream.create({ key: bytes('ids'), watch_id: longFromNumber(id) });
		for (const id of [0, 2, 0, 0, 2, -7, 0]) {
			create(id);
			await p.note(stream);
		}
		stream.send({ cancel_request: { watch_id: longFromNumber(2) } });
		await p.note(stream);
		stream.send({ cancel_request: { watch_id: longFromNumber(99) } });
		create(2);
		await p.note(stream);
		await p.put('ids', 'x');
	},
	'ranges: empty, backwards, from a key on, all keys': async (p) => {
		const stream = p.open();
		for (const [key, end] of [
			['b', 'a'],
			['b', 'b'],
			['zz', '\0'],
			['', ''],
			['', '\0'],
		] as const) {
			stream.create({ key: bytes(key), range_end: bytes(end) });
			await p.note(stream);
		}
		await p.put('zzz', '1');
		// Watcher 0 is from zz on, and 2 sees all.
		const both = [await stream.next(), await stream.next()].map(({ watch_id }) => watch_id.toNumber()).sort();
		p.seen.push(both.join());
	},
	'filters: no puts, no deletions, neither': async (p) => {
		const stream = p.open();
		for (const filters of [[0], [1], [0, 1]]) {
			stream.create({ key: bytes('filtered'), filters });
			await p.note(stream);
		}
		await p.put('filtered', '1');
		await p.note(stream);
		await p.member.client.delete('filtered');
		await p.note(stream);
	},
	'history from a revision on, and then live': async (p) => {
		const stream = p.open();
		const first = await p.put('history', '1');
		await p.put('history', '2');
		await p.member.client.delete('history');
		await p.put('history', '3');
		stream.create({ key: bytes('history'), start_revision: longFromNumber(first), prev_kv: true });
		await p.note(stream, 2);
		await p.put('history', '4');
		await p.note(stream);
	},
	'a revision that is still to come': async (p) => {
		const stream = p.open();
		const now = await p.put('future', '0');
		stream.create({ key: bytes('future'), start_revision: longFromNumber(now + 3) });
		await p.note(stream);
		for (const value of ['1', '2', '3', '4']) {
			await p.put('future', value);
		}
		await p.note(stream, 2);
	},
	'a revision that was compacted': async (p) => {
		const stream = p.open();
		const first = await p.put('compacted', '1');
		await p.put('compacted', '2');
		const last = await p.put('compacted', '3');
		await p.member.client.compact(last - 1);
		stream.create({ key: bytes('compacted'), start_revision: longFromNumber(first) });
		await p.note(stream, 2);
		stream.create({ key: bytes('compacted'), start_revision: longFromNumber(last - 1) });
		await p.note(stream, 2);
	},
	'the events of one transaction come in one response': async (p) => {
		const stream = p.open();
		stream.create({ key: bytes('txn/'), range_end: prefixEnd('txn/') });
		await p.note(stream);
		await p.member.client.txn({
			compare: [],
			success: ['txn/b', 'txn/a', 'txn/c'].map((key) => ({ request_put: { key: bytes(key) } })),
			failure: [],
		});
		await p.note(stream);
	},
	// Its request fits the limit of 1.5 MiB, its events with the values before do not fit the 2 MiB of a response.
	'a large transaction in fragments': async (p) => {
		const stream = p.open();
		const write = (letter: string) =>
			p.member.client.txn({
				compare: [],
				success: ['large/a', 'large/b', 'large/c'].map((key) => ({ request_put: { key: bytes(key), value: bytes(letter.repeat(450_000)) } })),
				failure: [],
			});
		await write('v');
		stream.create({ key: bytes('large/'), range_end: prefixEnd('large/'), fragment: true, prev_kv: true });
		await p.note(stream);
		await write('w');
		await p.note(stream, 2);
	},
	'words that mean nothing, and a caller that has said its last': async (p) => {
		const stream = p.open();
		stream.send({});
		stream.send({ cancel_request: { watch_id: longFromNumber(5) } });
		stream.create({ key: bytes('quiet') });
		await p.note(stream);
		stream.halfClose();
		await p.put('quiet', '1');
		await p.note(stream);
	},
	'progress on request': async (p) => {
		const stream = p.open();
		stream.create({ key: bytes('progress') });
		await p.note(stream);
		await p.put('progress/other', '1');
		stream.send({ progress_request: {} });
		await p.note(stream);
	},
	'bytes that are no request': async (p) => {
		const stream = p.open();
		stream.sendBytes(Uint8Array.of(0x0a, 0x7f));
		const { status, message } = await stream.ended;
		// What follows are the words of the protobuf library.
		p.seen.push(`${status} ${message.slice(0, 'grpc: failed to unmarshal the received message'.length)}`);
	},
};

async function seenOn(member: Member, program: Program): Promise<string> {
	const watching = new WatchProgram(member);
	try {
		await program(watching);
		return watching.seen.join('\n');
	} finally {
		watching.close();
	}
}

for (const configuration of configurations()) {
	describe(`clients: v3 watch, ${configuration.title}`, () => {
		const pair = usePair(configuration);
		for (const [title, program] of Object.entries(PROGRAMS)) {
			test(`clients: watch: ${configuration.title}: ${title}`, async () => {
				const { quorate, etcd } = pair();
				const wanted = await seenOn(etcd, program);
				assert.equal(await seenOn(quorate, program), wanted, 'quorate (actual) does not show what etcd (expected) shows');
			});
		}
	});
}

test('clients: watch: who asked for progress hears of it by itself, who did not does not', async () => {
	const member = await startMember({ flags: { 'watch-progress-notify-interval': '100ms' } });
	const program = new WatchProgram(member);
	try {
		const stream = program.open();
		stream.create({ key: bytes('quiet'), watch_id: longFromNumber(1) });
		stream.create({ key: bytes('quiet'), watch_id: longFromNumber(2), progress_notify: true });
		await program.note(stream, 2);
		const revision = await member.client.put('elsewhere', '1');
		// One may have been on its way when the put was made.
		await eventually(async () => (await stream.next()).header?.revision?.toNumber() === revision, { what: 'progress' });
		await program.note(stream, 2);
		assert.deepEqual(program.seen.slice(2), [`revision ${revision} · watch 2`, `revision ${revision} · watch 2`]);
	} finally {
		program.close();
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
});
