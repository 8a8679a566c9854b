import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { openDaemonStore } from '../../../src/adapters/daemon-store.ts';
import { openJournaledLog } from '../../../src/adapters/journaled-log.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { probeData, sweepData } from '../../../src/cli/data-check.ts';
import { executePut } from '../../../src/mvcc/execute.ts';
import { LATEST } from '../../../src/mvcc/latest-tree.ts';
import { appliedPoint, readStoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';
import { batch } from '../../support/log-fixtures.ts';

const PAGE = 4_096;
const base = makeTempDirectory('data-check');
const whole = path.join(base, 'whole');
after(() => removeTempDirectory(base));

/** A data directory as a member leaves it, without an identity. */
before(() => {
	mkdirSync(whole, { recursive: true });
	const log = openJournaledLog(whole, 7);
	const environment = openDaemonStore(whole, true, { turn: { run: (work) => work() }, now: () => 0, logger: SILENT });
	log.append([batch({ first: 1, terms: [1, 1, 1], commit: 3 })]);
	environment.engine.write((view) => {
		const state = readStoreState(view);
		for (let i = 0; i < 3_000; i++) {
			const key = Buffer.from(`key ${i}`);
			executePut({ view, state, latest: LATEST }, put(key));
		}
		writeStoreState(view, { ...state, appliedIndex: 3, appliedTerm: 1 });
	});
	environment.checkpointNow(environment.engine.read(appliedPoint));
	environment.close();
	log.close();
});

function put(key: Uint8Array): Parameters<typeof executePut>[1] {
	return { kind: 'put', key, value: new Uint8Array(100), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };
}

/** A copy with bytes of the file changed. */
function damagedCopy(name: string, file: string, change: (bytes: Buffer) => void): string {
	const directory = path.join(base, name);
	cpSync(whole, directory, { recursive: true });
	const bytes = readFileSync(path.join(directory, file));
	change(bytes);
	writeFileSync(path.join(directory, file), bytes);
	return directory;
}

/** Every leaf and branch of the newest state or before, but for the meta pages. */
function treePages(bytes: Buffer): number[] {
	const pages: number[] = [];
	for (let page = 2; (page + 1) * PAGE <= bytes.length; page++) {
		if (bytes.readUInt16LE(page * PAGE + 18) <= 2) {
			pages.push(page);
		}
	}
	return pages;
}

const damaged =
	(reason: string) =>
	(error: unknown): boolean =>
		error instanceof FatalError && error.reason === reason && error.message.includes('rebuild this member from its peers');

it('cli: look at the data: what is whole passes', async () => {
	assert.equal(await probeData(whole, false), true);
});

it('cli: look at the data: what was never made passes', async () => {
	const directory = path.join(base, 'empty');
	mkdirSync(directory);
	assert.equal(await probeData(directory, true), true);
});

it('cli: look at the data: a damaged store is one line, its reason store_damaged', async () => {
	const directory = damagedCopy('store', 'store/1/data.mdb', (bytes) => {
		for (const page of treePages(bytes)) {
			bytes.writeUInt16LE(9, page * PAGE + 18);
		}
	});
	await assert.rejects(probeData(directory, false), damaged('store_damaged'));
});

it('cli: look at the data: a damaged log is one line, its reason log_damaged', async () => {
	const directory = damagedCopy('log', 'log/data.mdb', (bytes) => bytes.fill(0xff, 2 * PAGE));
	await assert.rejects(probeData(directory, false), damaged('log_damaged'));
});

it('cli: sweep: what is whole passes, every record read', async () => {
	const records = await sweepData(whole).done;
	assert.ok(records !== null && records > 6_000, String(records));
});

it('cli: sweep: LMDB that ends by a signal, or a record that is damaged, is one line', async () => {
	const directory = damagedCopy('sweep', 'store/1/data.mdb', (bytes) => {
		// All but the list of trees, which is of the last commit: the leaves' nodes lie anywhere.
		for (const page of treePages(bytes)) {
			if (bytes.readUInt16LE(page * PAGE + 20) > 40) {
				bytes.fill(0xee, page * PAGE + 24, page * PAGE + 1_000);
			}
		}
	});
	await assert.rejects(sweepData(directory).done, damaged('store_damaged'));
});

it('cli: sweep: one that is ended says that it was not finished', async () => {
	const sweep = sweepData(whole);
	sweep.cancel();
	assert.equal(await sweep.done, null);
});
