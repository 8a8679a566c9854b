import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { encodeTune, executeTune, tunedElection } from '../../../src/members/tuning-record.ts';

const KEY = Buffer.from('tuning');

function emptyStore(): MemoryEngine {
	return new MemoryEngine(STORE_TREE_NAMES);
}

test('members: tuning record: what was executed last is read back', () => {
	const engine = emptyStore();
	assert.equal(engine.read(tunedElection), null);
	for (const milliseconds of [150, 5_000, 1, 50_000]) {
		assert.equal(
			engine.write((view) => executeTune(view, encodeTune(milliseconds))),
			true,
		);
		assert.equal(engine.read(tunedElection), milliseconds);
	}
});

test('members: tuning record: no body makes it throw, and what is none leaves the record as it was', () => {
	const engine = emptyStore();
	engine.write((view) => executeTune(view, encodeTune(300)));
	fc.assert(
		fc.property(fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constantFrom(Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 0, 0xc3, 0x51))), (body) => {
			const before = engine.read(tunedElection);
			const milliseconds = body.length === 4 ? Buffer.from(body).readUInt32BE() : 0;
			const isOne = milliseconds > 0 && milliseconds <= 50_000;
			assert.equal(
				engine.write((view) => executeTune(view, body)),
				isOne,
			);
			assert.equal(engine.read(tunedElection), isOne ? milliseconds : before);
		}),
		{ numRuns: 1_000 },
	);
});

test('members: tuning record: a damaged record ends the member', () => {
	for (const damage of [(bytes: Uint8Array) => bytes.subarray(1), (bytes: Uint8Array) => bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte))]) {
		const engine = emptyStore();
		engine.write((view) => executeTune(view, encodeTune(300)));
		engine.write((view) => view.put(TREE.meta, KEY, damage(view.get(TREE.meta, KEY) ?? assert.fail('no record'))));
		assert.throws(
			() => engine.read(tunedElection),
			(error) => error instanceof FatalError && error.reason === 'store_damaged',
		);
	}
});
