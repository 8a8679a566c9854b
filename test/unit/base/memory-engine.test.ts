import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { engineConformance } from '../../support/engine-conformance.ts';

engineConformance('memory', () => new MemoryEngine(['one', 'two']));

it('memory: fork: two engines go their own ways', () => {
	const engine = new MemoryEngine(['one']);
	const key = Uint8Array.of(1);
	engine.write((view) => view.put(0, key, Uint8Array.of(1)));
	const copy = engine.fork();
	engine.write((view) => view.put(0, key, Uint8Array.of(2)));
	copy.write((view) => view.put(0, key, Uint8Array.of(3)));
	const values = [engine, copy].map((each) => each.read((view) => view.get(0, key)?.[0]));
	assert.deepEqual(values, [2, 3]);
});
