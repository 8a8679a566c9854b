/**
 * Finding, listing, adding and removing single nodes in the engine; long names pass through segments (layout.ts) here and nowhere else.
 * It knows nothing of the rules of the v2 API: those are tree.ts.
 */
import { assert, must } from '../base/assert.ts';
import { concatBytes, copyBytes, EMPTY_BYTES } from '../base/bytes.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { dropDeadline } from './deadlines.ts';
import { CHUNK_BYTES, childKey, childrenRange, chunkOf, FIRST_FREE_CONTAINER, ROOT_CONTAINER, STATE_KEY, segmentKey } from './layout.ts';
import type { Name } from './path.ts';
import { decodeNode, decodeState, encodeNode, encodeState, NODE_KIND, type NodeRecord, type TreeState } from './record.ts';

/** What one etcd 3.4 member has counted before its first user write: itself, its attributes, the cluster version. */
export const INDEX_AT_START = 3;

/** Records read or removed between two looks at the engine. */
const PAGE_RECORDS = 1_000;

/** The root is no record: it is always there, permanent, and has no indices. */
export const ROOT: NodeRecord = {
	kind: NODE_KIND.directory,
	createdIndex: 0,
	modifiedIndex: 0,
	expiration: 0,
	expirationIndex: 0,
	container: ROOT_CONTAINER,
	value: EMPTY_BYTES,
};

export interface Child {
	readonly name: Name;
	readonly node: NodeRecord;
}

export function readState(view: ReadView): TreeState {
	const bytes = view.get(TREE.v2, STATE_KEY);
	return bytes === null ? { index: INDEX_AT_START, nextContainer: FIRST_FREE_CONTAINER } : decodeState(STATE_KEY, bytes);
}

export function writeState(view: WriteView, state: TreeState): void {
	view.put(TREE.v2, STATE_KEY, encodeState(STATE_KEY, state));
}

function readNode(view: ReadView, key: Uint8Array): NodeRecord | null {
	const bytes = view.get(TREE.v2, key);
	return bytes === null ? null : decodeNode(key, bytes);
}

export function findChild(view: ReadView, parent: NodeRecord, name: Name): NodeRecord | null {
	let container = parent.container;
	let rest = name;
	while (rest.length > CHUNK_BYTES) {
		const segment = readNode(view, segmentKey(container, rest));
		if (segment === null) {
			return null;
		}
		container = segment.container;
		rest = rest.subarray(CHUNK_BYTES);
	}
	return readNode(view, childKey(container, rest));
}

/** Writes a child, over one of the same name if there is one. takeContainer gives a fresh container number. */
export function putChild(view: WriteView, options: { parent: NodeRecord; name: Name; node: NodeRecord }, takeContainer: () => number): void {
	let container = options.parent.container;
	let rest = options.name;
	while (rest.length > CHUNK_BYTES) {
		const key = segmentKey(container, rest);
		let segment = readNode(view, key);
		if (segment === null) {
			segment = { ...ROOT, kind: NODE_KIND.segment, container: takeContainer() };
			view.put(TREE.v2, key, encodeNode(key, segment));
		}
		container = segment.container;
		rest = rest.subarray(CHUNK_BYTES);
	}
	const key = childKey(container, rest);
	view.put(TREE.v2, key, encodeNode(key, options.node));
}

/** Removes a child with all that is below it, and the segments that held nothing else: an empty container is an empty directory. */
export function removeChild(view: WriteView, parent: NodeRecord, name: Name): void {
	const passed: { key: Uint8Array; container: number }[] = [];
	let container = parent.container;
	let rest = name;
	while (rest.length > CHUNK_BYTES) {
		const key = segmentKey(container, rest);
		container = must(readNode(view, key), 'a segment on the way to a node that was found').container;
		passed.push({ key, container });
		rest = rest.subarray(CHUNK_BYTES);
	}
	const key = childKey(container, rest);
	const node = must(readNode(view, key), 'the node to remove was found before');
	if (node.container !== 0) {
		removeAllIn(view, node.container);
	}
	dropDeadline(view, node);
	view.remove(TREE.v2, key);
	for (const segment of passed.reverse()) {
		if (!isEmpty(view, segment.container)) {
			break;
		}
		view.remove(TREE.v2, segment.key);
	}
}

/** Page by page, without recursion: a subtree may be large and deep. */
function removeAllIn(view: WriteView, container: number): void {
	const containers = [container];
	for (let next = containers.pop(); next !== undefined; next = containers.pop()) {
		for (let page = readPage(view, next, null); page.length > 0; page = readPage(view, next, null)) {
			for (const { key, node } of page) {
				if (node.container !== 0) {
					containers.push(node.container);
				}
				dropDeadline(view, node);
				assert(view.remove(TREE.v2, key), 'a record that was just read is gone');
			}
		}
	}
}

export function hasChildren(view: ReadView, directory: NodeRecord): boolean {
	return !isEmpty(view, directory.container);
}

function isEmpty(view: ReadView, container: number): boolean {
	let empty = true;
	const { lo, hi } = childrenRange(container);
	view.scan(TREE.v2, lo, hi, () => {
		empty = false;
		return false;
	});
	return empty;
}

interface Row {
	readonly key: Uint8Array;
	readonly node: NodeRecord;
}

function readPage(view: ReadView, container: number, after: Uint8Array | null): Row[] {
	const rows: Row[] = [];
	const { lo, hi } = childrenRange(container);
	const from = after === null ? lo : concatBytes([after, Uint8Array.of(0)]);
	view.scan(TREE.v2, from, hi, (key, value) => {
		const own = copyBytes(key);
		rows.push({ key: own, node: decodeNode(own, value) });
		return rows.length < PAGE_RECORDS;
	});
	return rows;
}

/** The children of a directory, in the order of their names, read as they are asked for. */
export function* childrenOf(view: ReadView, directory: NodeRecord): Generator<Child, void, void> {
	assert(directory.kind === NODE_KIND.directory, 'only a directory has children');
	yield* childrenIn(view, directory.container, EMPTY_BYTES);
}

/** Nested once per chunk of a name, never per directory. */
function* childrenIn(view: ReadView, container: number, prefix: Uint8Array): Generator<Child, void, void> {
	for (let page = readPage(view, container, null); page.length > 0; ) {
		for (const { key, node } of page) {
			const name = concatBytes([prefix, chunkOf(key)]);
			if (node.kind === NODE_KIND.segment) {
				yield* childrenIn(view, node.container, name);
			} else {
				yield { name, node };
			}
		}
		const last = must(page.at(-1), 'a page that is not empty');
		page = page.length < PAGE_RECORDS ? [] : readPage(view, container, last.key);
	}
}
