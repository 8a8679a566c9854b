/**
 * Reading the v2 tree: GET and HEAD, served by an api lane from its own snapshot of the store.
 * Children always come in the order of their names, which is what `sorted` asks for and what is allowed without it.
 */
import { must } from '../base/assert.ts';
import type { ReadView } from '../base/engine.ts';
import { faceOf, type NodeFace } from './event.ts';
import { nodeHead, nodeTail } from './event-json.ts';
import { goJsonEscape } from './go-json.ts';
import { type Child, childrenOf, readState } from './nodes.ts';
import { isHidden, joinPath, splitPath } from './path.ts';
import { NODE_KIND, type NodeRecord } from './record.ts';
import { encodeFailure, encodeResponse, type V2Context } from './response-codec.ts';
import { refuse, walk } from './walk.ts';

/** A listing is built whole in memory, of a string (at most 2^29 characters): beyond this it is refused. */
const LISTING_CHARACTERS_MAX = 2 ** 28;

const TOO_LARGE = new TextEncoder().encode('etcdserver: response is too large');

export interface V2Read {
	readonly path: Uint8Array;
	/** The whole subtree, instead of one level. */
	readonly recursive: boolean;
	/** What TTLs are counted from: milliseconds since 1970. */
	readonly now: number;
}

export function readV2(view: ReadView, read: V2Read, context: V2Context): Uint8Array {
	const { index } = readState(view);
	const names = splitPath(read.path);
	const found = walk(view, names, index);
	if (!found.ok) {
		return encodeFailure(found, context);
	}
	const node = nodeJson(view, { path: joinPath(names), node: found.node, recursive: read.recursive, now: read.now });
	if (node === null) {
		return encodeFailure(refuse('raft_internal', TOO_LARGE, index), context);
	}
	return encodeResponse({ status: 200, index, context, json: `{"action":"get","node":${node}}\n` });
}

/** A directory whose children are being printed. */
interface Open {
	readonly escapedPath: string;
	readonly face: NodeFace;
	readonly children: Generator<Child, void, void>;
	shown: number;
}

/** Without recursion of our own: a path may have more levels than the stack has frames. Null: too large. */
function nodeJson(view: ReadView, top: { path: Uint8Array; node: NodeRecord; recursive: boolean; now: number }): string | null {
	const escapedTop = goJsonEscape(top.path);
	const face = faceOf(top.path, top.node);
	const parts = [nodeHead(escapedTop, face, top.now)];
	if (top.node.kind === NODE_KIND.file) {
		return parts[0] + nodeTail(face);
	}
	let characters = 0;
	const open: Open[] = [{ escapedPath: escapedTop, face, children: childrenOf(view, top.node), shown: 0 }];
	while (open.length > 0) {
		const current = must(open.at(-1), 'an open directory');
		const child = nextVisible(current.children);
		let text: string;
		if (child === null) {
			text = `${current.shown > 0 ? ']' : ''}${nodeTail(current.face)}`;
			open.pop();
		} else {
			const escapedPath = `${current.escapedPath}/${goJsonEscape(child.name)}`;
			// Printing goes by the escaped path; the bytes of each child's would be joined for nothing.
			const childFace = faceOf(child.name, child.node);
			text = (current.shown === 0 ? ',"nodes":[' : ',') + nodeHead(escapedPath, childFace, top.now);
			current.shown++;
			if (child.node.kind === NODE_KIND.directory && top.recursive) {
				open.push({ escapedPath, face: childFace, children: childrenOf(view, child.node), shown: 0 });
			} else {
				text += nodeTail(childFace);
			}
		}
		parts.push(text);
		characters += text.length;
		if (characters > LISTING_CHARACTERS_MAX) {
			return null;
		}
	}
	return parts.join('');
}

function nextVisible(children: Generator<Child, void, void>): Child | null {
	for (let step = children.next(); !step.done; step = children.next()) {
		if (!isHidden(step.value.name)) {
			return step.value;
		}
	}
	return null;
}
