import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { decodeFrame, encodeFrame } from '../../../src/protocol/frame.ts';
import type { AnyMessage, Role } from '../../../src/protocol/routes.ts';
import { type AnyActor, Host } from '../../../src/runtime/host.ts';

const LOG = { role: 'log', lane: 0 } as const;
const RAFT = { role: 'raft', lane: 0 } as const;

const UNWATCHED = { afterTurn: null, seated: () => {} };

function persisted(batch: number): AnyMessage {
	return { kind: 'persisted', batch, lastIndex: 1, lastTerm: 1 } as AnyMessage;
}

/** Writes down what the host asks of it; `react` runs at each message. */
function recorder(events: string[], react: (message: AnyMessage) => void = () => {}): AnyActor {
	return {
		start: () => events.push('start'),
		receive: (message: AnyMessage) => {
			events.push(`receive ${(message as { batch?: number }).batch}`);
			react(message);
		},
		tick: () => events.push('tick'),
		flush: () => events.push('flush'),
		drain: () => events.push('drain'),
		isDrained: () => events.includes('receive 9'),
	} as unknown as AnyActor;
}

function openHost(t: TestContext, options: { tickMilliseconds?: number; turnMessages?: number } = {}): { host: Host; failures: unknown[] } {
	const failures: unknown[] = [];
	const host = new Host({ turnMessages: 2_000, turnMilliseconds: 1_000, tickMilliseconds: 3_600_000, ...options }, (error) => failures.push(error));
	t.after(() => host.stop());
	return { host, failures };
}

function nextTurn(host: Host): Promise<void> {
	return new Promise((resolve) => host.run(() => setImmediate(resolve)));
}

test('host: turn: everything in the mailbox is received before one flush', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	for (const batch of [1, 2, 3]) {
		const frame = encodeFrame([persisted(batch)]);
		port1.postMessage(frame, [frame]);
	}
	host.listen(RAFT, port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	const received = events.filter((event) => event.startsWith('receive'));
	assert.deepEqual(received, ['receive 1', 'receive 2', 'receive 3']);
	assert.equal(events.slice(events.indexOf('receive 1'), events.lastIndexOf('receive 3')).includes('flush'), false);
});

test('host: local: two actors on one thread hear each other in the same turn, in order', async (t) => {
	const { host } = openHost(t);
	const heard: string[] = [];
	host.reserve(RAFT);
	host.reserve(LOG);
	const outbox = host.outbox(new Map());
	const logActor = recorder([]);
	logActor.start = () => {
		outbox.post('raft' as never, persisted(1) as never);
		outbox.post('raft' as never, persisted(2) as never);
	};
	host.seat(RAFT, recorder(heard), UNWATCHED);
	host.seat(LOG, logActor, UNWATCHED);
	await nextTurn(host);
	assert.deepEqual(
		heard.filter((event) => event.startsWith('receive')),
		['receive 1', 'receive 2'],
	);
});

test('host: frames: all that is posted to one target in a turn leaves as one frame', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port2.close());
	host.reserve(LOG);
	const outbox = host.outbox(new Map([['raft/0', port1]]));
	const arrived = new Promise<ArrayBuffer>((resolve) => port2.once('message', resolve));
	host.run(() => {
		for (const batch of [1, 2, 3]) {
			outbox.post('raft' as Role as never, persisted(batch) as never);
		}
	});
	assert.equal(decodeFrame(await arrived).length, 3);
	port1.close();
});

test('host: at once: what is posted now is received inside the call, and what follows from it leaves', async (t) => {
	const { host } = openHost(t);
	const heard: string[] = [];
	host.reserve(RAFT);
	host.seat(RAFT, recorder(heard), { ...UNWATCHED, afterPostNow: () => heard.push('leaves') });
	await nextTurn(host);
	const outbox = host.outbox(new Map());
	heard.length = 0;
	let inside: readonly string[] = [];
	host.run(() => {
		outbox.postNow('raft' as never, persisted(1) as never);
		inside = [...heard];
	});
	await nextTurn(host);
	assert.deepEqual(inside, ['receive 1', 'leaves']);
});

test('host: at once: to another thread it leaves behind what was posted before, in one frame', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port2.close());
	host.reserve(LOG);
	const outbox = host.outbox(new Map([['raft/0', port1]]));
	const frames: number[][] = [];
	const all = new Promise<void>((resolve) => {
		port2.on('message', (frame: ArrayBuffer) => {
			frames.push(decodeFrame(frame).map((message) => (message as { batch: number }).batch));
			if (frames.flat().length === 3) {
				resolve();
			}
		});
	});
	host.run(() => {
		outbox.post('raft' as Role as never, persisted(1) as never);
		outbox.postNow('raft' as Role as never, persisted(2) as never);
		outbox.post('raft' as Role as never, persisted(3) as never);
	});
	await all;
	assert.deepEqual(frames, [[1, 2], [3]]);
	port1.close();
});

test('host: early: what arrives before the actor is seated is received after its first words', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	const frame = encodeFrame([persisted(5)]);
	port1.postMessage(frame, [frame]);
	await nextTurn(host);
	await nextTurn(host);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	assert.deepEqual(events.slice(0, 2), ['start', 'receive 5']);
});

test('host: tick: comes after the data that was already there', async (t) => {
	const { host } = openHost(t, { tickMilliseconds: 1 });
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	events.length = 0;
	const frame = encodeFrame([persisted(1)]);
	port1.postMessage(frame, [frame]);
	const stalledUntil = performance.now() + 20;
	while (performance.now() < stalledUntil) {
		// The timer falls due many times while the frame lies unread.
	}
	await nextTurn(host);
	assert.deepEqual(events.filter((event) => event !== 'flush').slice(0, 2), ['receive 1', 'tick']);
	assert.equal(events.filter((event) => event === 'tick').length, 1);
});

test('host: drain: is over when the actor says so', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	const drained = new Promise<void>((resolve) => host.drain(RAFT, resolve));
	await nextTurn(host);
	events.push('still draining');
	const frame = encodeFrame([persisted(9)]);
	port1.postMessage(frame, [frame]);
	await drained;
	assert.ok(events.indexOf('still draining') < events.indexOf('receive 9'));
});

test('host: failure: an error in an actor is reported once and ends the turns', async (t) => {
	const { host, failures } = openHost(t);
	const events: string[] = [];
	host.reserve(RAFT);
	host.reserve(LOG);
	const outbox = host.outbox(new Map());
	host.seat(
		RAFT,
		recorder(events, () => {
			throw new Error('broken');
		}),
		UNWATCHED,
	);
	host.run(() => outbox.post('raft' as never, persisted(1) as never));
	await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	host.run(() => events.push('another turn'));
	await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	assert.deepEqual(
		failures.map((error) => (error as Error).message),
		['broken'],
	);
	assert.equal(events.includes('another turn'), false);
});

test('host: tick: comes between turns of a mailbox that is never empty', async (t) => {
	const { host } = openHost(t, { tickMilliseconds: 2, turnMessages: 1 });
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	const last = new Promise<void>((resolve) => {
		host.seat(
			RAFT,
			recorder(events, (message) => {
				const until = performance.now() + 3;
				while (performance.now() < until) {
					// One message takes longer than the heartbeat interval.
				}
				if ((message as { batch?: number }).batch === 20) {
					resolve();
				}
			}),
			UNWATCHED,
		);
	});
	await nextTurn(host);
	events.length = 0;
	for (let batch = 1; batch <= 20; batch++) {
		const frame = encodeFrame([persisted(batch)]);
		port1.postMessage(frame, [frame]);
	}
	await last;
	const between = events.slice(events.indexOf('receive 1'), events.lastIndexOf('receive 20'));
	assert.ok(between.filter((event) => event === 'tick').length > 1, between.join(', '));
});

test('host: ports: one that is never empty does not keep the others waiting', async (t) => {
	const { host } = openHost(t, { turnMessages: 4 });
	const busy = new MessageChannel();
	const quiet = new MessageChannel();
	t.after(() => {
		busy.port1.close();
		quiet.port1.close();
	});
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, busy.port2);
	host.listen(RAFT, quiet.port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	for (let batch = 1; batch <= 100; batch++) {
		const frame = encodeFrame([persisted(batch)]);
		busy.port1.postMessage(frame, [frame]);
	}
	const frame = encodeFrame([persisted(1_000)]);
	quiet.port1.postMessage(frame, [frame]);
	while (!events.includes('receive 100') || !events.includes('receive 1000')) {
		await nextTurn(host);
	}
	const received = events.filter((event) => event.startsWith('receive'));
	assert.ok(received.indexOf('receive 1000') < 8, `the quiet port was heard as number ${received.indexOf('receive 1000')}`);
});

test('host: ports: a frame that holds more than a turn takes the others along', async (t) => {
	const { host } = openHost(t, { turnMessages: 4 });
	const busy = new MessageChannel();
	const quiet = new MessageChannel();
	t.after(() => {
		busy.port1.close();
		quiet.port1.close();
	});
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, busy.port2);
	host.listen(RAFT, quiet.port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	for (let batch = 1; batch <= 50; batch++) {
		const frame = encodeFrame(Array.from({ length: 5 }, () => persisted(batch)));
		busy.port1.postMessage(frame, [frame]);
	}
	const frame = encodeFrame([persisted(1_000)]);
	quiet.port1.postMessage(frame, [frame]);
	while (!events.includes('receive 50') || !events.includes('receive 1000')) {
		await nextTurn(host);
	}
	assert.ok(events.indexOf('receive 1000') < events.indexOf('receive 4'), events.join(', '));
});

test('host: turn: ends after its messages, however many frames wait', async (t) => {
	const { host } = openHost(t, { turnMessages: 3 });
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	host.seat(RAFT, recorder(events), UNWATCHED);
	await nextTurn(host);
	for (let batch = 1; batch <= 10; batch++) {
		const frame = encodeFrame([persisted(batch)]);
		port1.postMessage(frame, [frame]);
	}
	while (!events.includes('receive 10')) {
		await nextTurn(host);
	}
	const turn = events.slice(events.indexOf('receive 1'));
	assert.ok(turn.indexOf('flush') <= 4, turn.join(', '));
});

test('host: unseat: what an actor does after each turn ends with its seat', async (t) => {
	const { host, failures } = openHost(t);
	const events: string[] = [];
	host.reserve(LOG);
	host.reserve(RAFT);
	host.seat(LOG, recorder([]), { afterTurn: () => events.push('after'), seated: () => {} });
	host.seat(RAFT, recorder([]), UNWATCHED);
	await nextTurn(host);
	host.unseat(LOG);
	events.length = 0;
	await nextTurn(host);
	assert.deepEqual([events, failures], [[], []]);
});

test('host: turn: what is posted after the last flush leaves with a further turn', async (t) => {
	const { host } = openHost(t);
	const { port1, port2 } = new MessageChannel();
	t.after(() => port2.close());
	host.reserve(LOG);
	const outbox = host.outbox(new Map([['raft/0', port1]]));
	let left = 1;
	const afterTurn = (): void => {
		if (left-- === 1) {
			outbox.post('raft' as Role as never, persisted(1) as never);
		}
	};
	const frames: ArrayBuffer[] = [];
	port2.on('message', (frame: ArrayBuffer) => frames.push(frame));
	host.seat(LOG, recorder([]), { afterTurn, seated: () => {} });
	for (let i = 0; i < 20 && frames.length === 0; i++) {
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal(frames.length, 1);
	port1.close();
});

test('host: ports: sockets and timers have their chance after each turn, however many frames wait', async (t) => {
	const { host } = openHost(t, { turnMessages: 1 });
	const { port1, port2 } = new MessageChannel();
	t.after(() => port1.close());
	const events: string[] = [];
	host.reserve(RAFT);
	host.listen(RAFT, port2);
	const last = new Promise<void>((resolve) => {
		host.seat(
			RAFT,
			recorder(events, (message) => (message as { batch?: number }).batch === 30 && resolve()),
			UNWATCHED,
		);
	});
	await nextTurn(host);
	for (let batch = 1; batch <= 30; batch++) {
		const frame = encodeFrame([persisted(batch)]);
		port1.postMessage(frame, [frame]);
	}
	const other = (): void => {
		events.push('another event');
		if (!events.includes('receive 30')) {
			setImmediate(other);
		}
	};
	setImmediate(other);
	await last;
	const received = events.filter((event) => event.startsWith('receive') || event === 'another event');
	assert.ok(received.filter((event) => event === 'another event').length > 10, received.join(', '));
});
