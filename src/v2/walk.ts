/** The way from the root to a node, and why it ends early. Shared by reads (read.ts) and mutations (tree.ts). */
import type { ReadView } from '../base/engine.ts';
import type { V2ErrorName } from './errors.ts';
import type { V2Failure } from './event.ts';
import { findChild, ROOT } from './nodes.ts';
import { joinPath, type Name } from './path.ts';
import { NODE_KIND, type NodeRecord } from './record.ts';

/** A node that was found, with the directory that holds it; the root is its own parent. */
export interface Found {
	readonly ok: true;
	readonly node: NodeRecord;
	readonly parent: NodeRecord;
}

/** Walks down from the root: the first missing name is 100, a file on the way is 104, each with the path of the culprit as its cause. */
export function walk(view: ReadView, names: readonly Name[], index: number): Found | V2Failure {
	let parent = ROOT;
	let node = ROOT;
	for (let i = 0; i < names.length; i++) {
		if (node.kind !== NODE_KIND.directory) {
			return refuse('not_a_directory', joinPath(names, i), index);
		}
		const child = findChild(view, node, names[i] as Name);
		if (child === null) {
			return refuse('key_not_found', joinPath(names, i + 1), index);
		}
		parent = node;
		node = child;
	}
	return { ok: true, node, parent };
}

export function refuse(error: V2ErrorName, cause: Uint8Array, index: number): V2Failure {
	return { ok: false, error, cause, index };
}
