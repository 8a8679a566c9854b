/** A lane's exports over a pool that the test plays: the file's name is gone once it is open, and bounds hold. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { LaneSnapshotExports } from '../../../src/adapters/snapshot-exports.ts';
import { CODES } from '../../../src/base/codes.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { SnapshotFile } from '../../../src/ports/snapshot-exports.ts';
import type { ExportSnapshotJob, OffloadResult } from '../../../src/protocol/offload-jobs.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';

const OPEN_MAX = 4;
const CONTENT = Buffer.alloc(600_000, 'database');
const directory = makeTempDirectory('lane-exports');
after(() => removeTempDirectory(directory));

interface Asked {
	readonly job: ExportSnapshotJob;
	readonly answer: (result: OffloadResult) => void;
}

function openLane(): { readonly lane: LaneSnapshotExports; readonly asked: Asked[] } {
	const asked: Asked[] = [];
	const offload = (job: ExportSnapshotJob): Promise<OffloadResult> => new Promise((answer) => asked.push({ job, answer }));
	return { lane: new LaneSnapshotExports({ directory, lane: 0 }, { storePath: () => '/store/1', offload, logger: SILENT }), asked };
}

function write({ job, answer }: Asked): void {
	fs.writeFileSync(job.file, CONTENT);
	answer({ ok: true, text: '' });
}

async function readAll(file: SnapshotFile): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for (;;) {
		const bytes = await new Promise<Uint8Array | null>((resolve) => file.read(resolve));
		assert.ok(bytes !== null);
		if (bytes.length === 0) {
			return Buffer.concat(parts);
		}
		parts.push(bytes);
	}
}

test('exports: the file is read whole, with its digest, and has no name any more', async () => {
	const { lane, asked } = openLane();
	const outcome = new Promise<SnapshotFile | number>((resolve) => lane.begin(resolve));
	write(asked[0] as Asked);
	const file = await outcome;
	assert.ok(typeof file === 'object');
	assert.deepEqual([file.size, fs.readdirSync(directory)], [CONTENT.length, []]);
	assert.ok((await readAll(file)).equals(CONTENT));
	assert.ok(createHash('sha256').update(CONTENT).digest().equals(file.digest()));
	file.close();
});

test('exports: one that nobody wants any more is told to stop, and leaves nothing if it was too late', async () => {
	const { lane, asked } = openLane();
	const giveUp = lane.begin(() => assert.fail('it was given up'));
	const [first] = asked as [Asked];
	giveUp();
	assert.equal(Atomics.load(new Int32Array(first.job.unwanted), 0), 1);
	write(first);
	await eventually(() => fs.readdirSync(directory).length === 0, { what: 'the file to go' });
});

test('exports: a failure is a code, and gives its place back', async () => {
	const { lane, asked } = openLane();
	for (let i = 0; i < 2 * OPEN_MAX; i++) {
		const outcome = new Promise<SnapshotFile | number>((resolve) => lane.begin(resolve));
		asked.at(-1)?.answer({ ok: false, why: 'no room' });
		assert.equal(await outcome, CODES.snapshot_failed.code);
	}
});

test('exports: so many at a time, made or open, and no more', () => {
	const { lane } = openLane();
	for (let i = 0; i < OPEN_MAX; i++) {
		lane.begin(() => {});
	}
	const outcomes: (SnapshotFile | number)[] = [];
	lane.begin((outcome) => outcomes.push(outcome));
	assert.deepEqual(outcomes, [CODES.too_many_requests.code]);
});
