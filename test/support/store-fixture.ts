/** A StoreDirectory in a temporary directory with a turn that runs at once, a clock that the test moves, and a digest of all it holds. Used by tests of the store and by test/crash. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StoreDirectory, type StoreDirectoryOptions } from '../../src/adapters/store-directory.ts';
import type { Index, Term } from '../../src/base/brand.ts';
import type { EngineReader } from '../../src/base/engine.ts';
import { SILENT } from '../../src/ports/logger.ts';
import type { AppliedPoint } from '../../src/ports/store-environment.ts';

export const TREES = ['latest', 'history', 'meta'] as const;
export const LATEST = 0;
export const HISTORY = 1;
export const META = 2;

export class TestClock {
	milliseconds = 0;
	readonly now = (): number => this.milliseconds;
}

export function temporaryDirectory(): string {
	return fs.mkdtempSync(path.join(os.tmpdir(), 'quorate-store-'));
}

export function openStore(dataDirectory: string, changes: Partial<StoreDirectoryOptions> = {}, clock = new TestClock()): StoreDirectory {
	const options = { dataDirectory, trees: TREES, mapBytes: 2 ** 32, isLogEmpty: true, ...changes };
	return StoreDirectory.open(options, { turn: { run: (work) => work() }, now: clock.now, logger: SILENT });
}

export function pointAt(index: number, term = 1): AppliedPoint {
	return { index: index as Index, term: term as Term };
}

export function key(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

export function number64(value: number): Uint8Array {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64BE(BigInt(value));
	return bytes;
}

/** Every record of every tree, in order. */
export function digest(engine: EngineReader, trees = TREES.length): string {
	const hash = createHash('sha1');
	engine.read((view) => {
		for (let tree = 0; tree < trees; tree++) {
			view.scan(tree, new Uint8Array(0), null, (at, value) => {
				hash.update(`${tree} ${at.length} ${value.length} `).update(at).update(value);
				return true;
			});
		}
	});
	return hash.digest('hex');
}
