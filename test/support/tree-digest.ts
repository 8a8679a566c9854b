/** One number for everything that an engine's trees hold, byte for byte: whether two stores are the same, not only alike. */
import { createHash } from 'node:crypto';
import type { ReadView } from '../../src/base/engine.ts';

/** trees: how many there are, from 0 on. */
export function digestTrees(view: ReadView, trees: number): string {
	const hash = createHash('sha256');
	for (let tree = 0; tree < trees; tree++) {
		view.scan(tree, new Uint8Array(0), null, (key, value) => {
			hash.update(`${tree} ${key.length} ${value.length} `).update(key).update(value);
			return true;
		});
	}
	return hash.digest('hex');
}
