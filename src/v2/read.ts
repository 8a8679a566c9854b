/**
 * Reading the v2 tree: GET and HEAD, served by an api lane from its own snapshot of the store.
 * Children always come in the order of their names, which is what `sorted` asks for and what is allowed without it.
 */
import { must } from '../base/assert.ts';
import type { ReadView } from '../base/engine.ts';
import { faceOf, type NodeFace, type V2Failure } from './event.ts';
import { nodeTail } from './event-json.ts';
import { goJsonEscape } from './go-json.ts';
import { type ListingPart, V2Listing } from './listing.ts';
import { type Child, childrenOf, readState } from './nodes.ts';
import { isHidden, joinPath, splitPath } from './path.ts';
import { NODE_KIND, type NodeRecord } from './record.ts';
import { refuse, walk } from './walk.ts';

/** A listing is whole in memory, and in one answer: beyond this it is refused. A character of JSON is of one byte at least. */
const LISTING_BYTES_MAX = 2 ** 28;
/** What a node is in JSON beside its path and its value, about. */
const NODE_BYTES = 64;

const TOO_LARGE = new TextEncoder().encode('etcdserver: response is too large');

export interface V2Read {
	readonly path: Uint8Array;
	/** The whole subtree, instead of one level. */
	readonly recursive: boolean;
	/** What TTLs are counted from: milliseconds since 1970. */
	readonly now: number;
}

/** What is there, to be printed; 'larger' than so many bytes, about: there was no more read than that. */
export function openV2(view: ReadView, read: V2Read, bytesMax: number): V2Listing | V2Failure | 'larger' {
	const { index } = readState(view);
	const names = splitPath(read.path);
	const found = walk(view, names, index);
	if (!found.ok) {
		return found;
	}
	const parts = readParts(view, { path: joinPath(names), node: found.node, recursive: read.recursive }, Math.min(bytesMax, LISTING_BYTES_MAX));
	if (parts === null) {
		return bytesMax < LISTING_BYTES_MAX ? 'larger' : refuse('raft_internal', TOO_LARGE, index);
	}
	return new V2Listing(index, parts, read.now);
}

/** A directory whose children are being read. */
interface Open {
	readonly escapedPath: string;
	readonly face: NodeFace;
	readonly children: Generator<Child, void, void>;
	shown: number;
}

/** Without recursion of our own: a path may have more levels than the stack has frames. Null: too large. */
function readParts(view: ReadView, top: { path: Uint8Array; node: NodeRecord; recursive: boolean }, bytesMax: number): ListingPart[] | null {
	const escapedPath = goJsonEscape(top.path);
	const face = faceOf(top.path, top.node);
	const isFile = top.node.kind === NODE_KIND.file;
	const parts: ListingPart[] = [{ before: '', escapedPath, face, hasTail: isFile }];
	const open: Open[] = isFile ? [] : [{ escapedPath, face, children: childrenOf(view, top.node), shown: 0 }];
	for (let bytes = bytesOf(must(parts[0], 'the top')); open.length > 0; ) {
		const current = must(open.at(-1), 'an open directory');
		const child = nextVisible(current.children);
		const part = child === null ? endOf(current) : partOf(current, child, top.recursive);
		parts.push(part);
		bytes += bytesOf(part);
		if (bytes > bytesMax) {
			return null;
		}
		if (child === null) {
			open.pop();
		} else if (part.face !== null && !part.hasTail) {
			open.push({ escapedPath: part.escapedPath, face: part.face, children: childrenOf(view, child.node), shown: 0 });
		}
	}
	return parts;
}

function partOf(parent: Open, { name, node }: Child, isRecursive: boolean): ListingPart {
	const before = parent.shown === 0 ? ',"nodes":[' : ',';
	parent.shown++;
	const hasTail = node.kind !== NODE_KIND.directory || !isRecursive;
	// Printing goes by the escaped path; the bytes of each child's would be joined for nothing.
	return { before, escapedPath: `${parent.escapedPath}/${goJsonEscape(name)}`, face: faceOf(name, node), hasTail };
}

function endOf({ shown, face }: Open): ListingPart {
	return { before: `${shown > 0 ? ']' : ''}${nodeTail(face)}`, escapedPath: '', face: null, hasTail: false };
}

function bytesOf({ escapedPath, face }: ListingPart): number {
	return NODE_BYTES + escapedPath.length + (face?.value?.length ?? 0);
}

function nextVisible(children: Generator<Child, void, void>): Child | null {
	for (let step = children.next(); !step.done; step = children.next()) {
		if (!isHidden(step.value.name)) {
			return step.value;
		}
	}
	return null;
}
