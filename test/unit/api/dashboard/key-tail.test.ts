import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { KeyTail } from '../../../../src/api/dashboard/key-tail.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { NO_TAIL, withBatch } from '../../../../src/dashboard/tail-seen.ts';
import type { TailBatch } from '../../../../src/ports/key-tail.ts';
import type { Lane } from '../../../../src/ports/lane.ts';
import type { WatchListener, WatchRequest } from '../../../../src/ports/watches.ts';
import { etcdserverpb, mvccpb } from '../../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../../src/rpc/long-id.ts';

const RANGE = { key: Buffer.from('a/'), rangeEnd: Buffer.from('a0') };
/** More than a batch waits for. */
const LATER_MS = 1_000;

/** A tail whose watch the test speaks for, on a clock of its own. */
class Stage {
	readonly created: WatchRequest[] = [];
	readonly sent: TailBatch[] = [];
	closes = 0;
	agains = 0;
	code: number = CODES.ok.code;
	hasRoom = true;
	#listener: WatchListener | null = null;
	readonly tail: KeyTail;

	constructor(code: number = CODES.ok.code) {
		this.code = code;
		const open = (listener: WatchListener) => {
			this.#listener = listener;
			const nothing = (): void => {};
			const close = (): void => {
				this.closes += 1;
			};
			return { create: (request: WatchRequest) => void this.created.push(request), cancel: nothing, progress: nothing, drained: nothing, close };
		};
		const send = (batch: TailBatch): boolean => {
			if (this.hasRoom) {
				this.sent.push(batch);
			}
			return this.hasRoom;
		};
		const again = (): void => {
			this.agains += 1;
		};
		this.tail = new KeyTail(RANGE, { lane: { watches: { open } } as unknown as Lane, judge: () => this.code, send, again });
	}

	put(revision: number, value: Uint8Array = Buffer.from('v')): boolean | undefined {
		const kv = { key: Buffer.from('a/b'), value, mod_revision: longFromNumber(revision), version: longFromNumber(1) };
		return this.hear({ events: [{ type: mvccpb.Event.EventType.PUT, kv }] });
	}

	hear(response: etcdserverpb.WatchResponse.$Properties): boolean | undefined {
		return this.#listener?.response(etcdserverpb.WatchResponse.encode(response).finish());
	}
}

function staged(title: string, body: (later: () => void) => void): void {
	test(`api: key tail: ${title}`, () => {
		mock.timers.enable({ apis: ['setTimeout'] });
		try {
			body(() => mock.timers.tick(LATER_MS));
		} finally {
			mock.timers.reset();
		}
	});
}

staged('watches the prefix from now on, and tells what happened in its order', (later) => {
	const stage = new Stage();
	assert.deepEqual(
		stage.created.map(({ key, rangeEnd, startRevision }) => ({ key, rangeEnd, startRevision })),
		[{ ...RANGE, startRevision: 0 }],
	);
	stage.put(2);
	stage.put(3);
	stage.hear({ events: [{ type: mvccpb.Event.EventType.DELETE, kv: { key: Buffer.from('a/b'), mod_revision: longFromNumber(4) } }] });
	later();
	assert.deepEqual(
		stage.sent.map(({ rows }) => rows.map(({ type, revision }) => [type, revision])),
		[
			[
				['put', 2],
				['put', 3],
				['delete', 4],
			],
		],
	);
});

staged('of what a slow page does not take, the newest is kept, and the rest told as a number', (later) => {
	const stage = new Stage();
	stage.hasRoom = false;
	for (let revision = 2; revision < 1_002; revision++) {
		assert.equal(stage.put(revision), true, 'the watch is never held up');
	}
	later();
	stage.hasRoom = true;
	later();
	const [batch] = stage.sent;
	assert.deepEqual([batch?.rows.length, batch?.leftOut, batch?.rows[0]?.revision, batch?.rows.at(-1)?.revision], [200, 800, 802, 1_001]);
});

staged('a large value is told by its beginning', (later) => {
	const stage = new Stage();
	stage.put(2, Buffer.alloc(1_000_000, 'x'));
	later();
	const [row] = stage.sent[0]?.rows ?? [];
	assert.deepEqual([row?.valueBytes, Buffer.from(row?.value ?? '', 'base64').toString()], [1_000_000, 'x'.repeat(512)]);
});

staged('who may not read the range is told so, and watches nothing', (later) => {
	const stage = new Stage(CODES.permission_denied.code);
	later();
	assert.deepEqual([stage.created, stage.sent], [[], [{ rows: [], leftOut: 0, problem: CODES.permission_denied.text }]]);
});

staged('once the rights have changed nothing more is told, and the page has to come anew', (later) => {
	const stage = new Stage();
	stage.put(2);
	stage.code = CODES.auth_old_revision.code;
	later();
	assert.deepEqual([stage.sent, stage.agains, stage.closes], [[], 1, 1]);
});

staged('a watch that is canceled says why, and is closed', (later) => {
	const stage = new Stage();
	stage.hear({ canceled: true, cancel_reason: 'because' });
	later();
	assert.deepEqual([stage.sent.map(({ problem }) => problem), stage.closes], [['because'], 1]);
});

staged('a page that goes takes its watch with it', (later) => {
	const stage = new Stage();
	stage.put(2);
	stage.tail.close();
	later();
	assert.deepEqual([stage.sent, stage.closes], [[], 1]);
});

test('dashboard: key tail: the page keeps the newest 200, each with a number of its own', () => {
	const row = { type: 'put', key: '', keyBytes: 0, version: 1, value: '', valueBytes: 0 } as const;
	const rows = Array.from({ length: 150 }, (_, i) => ({ ...row, revision: i }));
	const seen = withBatch(withBatch(NO_TAIL, { rows, leftOut: 0, problem: '' }), { rows, leftOut: 10, problem: '' });
	assert.deepEqual([seen.rows.length, seen.total, seen.leftOut, seen.rows[0]?.number, seen.rows.at(-1)?.number], [200, 310, 10, 309, 100]);
});
