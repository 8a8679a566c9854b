/**
 * The rules of the v2 keyspace (reference/etcd-surface.md 1.6), as a pure function of the engine's records and one request.
 * It keeps nothing between calls. Called by execute.ts inside the store's transaction; reads are read.ts.
 * A request that is refused leaves no trace: every check comes before the first write.
 */
import { assert, must, unreachable } from '../base/assert.ts';
import { concatBytes, EMPTY_BYTES, equalBytes } from '../base/bytes.ts';
import type { WriteView } from '../base/engine.ts';
import { addDeadline, dropDeadline } from './deadlines.ts';
import type { V2ErrorName } from './errors.ts';
import { faceOf, type NodeFace, type V2Action, type V2Failure, type V2Result } from './event.ts';
import { addEvent } from './event-history.ts';
import { findChild, hasChildren, putChild, ROOT, readState, removeChild, writeState } from './nodes.ts';
import { joinPath, type Name, splitPath } from './path.ts';
import { NODE_KIND, type NodeRecord } from './record.ts';
import { V2_OPERATION, type V2Request } from './request-codec.ts';
import { type Found, refuse, walk } from './walk.ts';

/** In-order names are the index, zero-padded so that they sort as numbers (20 digits from etcd 2.2 on). */
const IN_ORDER_DIGITS = 20;

/** A new node whose deadline is before the year 2000 is permanent, as in etcd: clocks and TTLs that overflowed. */
const EXPIRATION_MIN = 946_684_800_000;

const PERMANENT = { expiration: 0, expirationIndex: 0 };

const encoder = new TextEncoder();

/** One mutation of the tree. The index moves by one exactly when the result is ok. */
export function mutate(view: WriteView, request: V2Request): V2Result {
	const mutation = new Mutation(view, request);
	switch (request.operation) {
		case V2_OPERATION.set:
			return mutation.set();
		case V2_OPERATION.create:
			return mutation.create();
		case V2_OPERATION.create_in_order:
			return mutation.createInOrder();
		case V2_OPERATION.update:
			return mutation.update();
		case V2_OPERATION.compare_and_swap:
			return mutation.compareAndSwap();
		case V2_OPERATION.delete:
			return mutation.delete();
		case V2_OPERATION.compare_and_delete:
			return mutation.compareAndDelete();
		default:
			return unreachable(request.operation);
	}
}

class Mutation {
	readonly #view: WriteView;
	readonly #request: V2Request;
	readonly #names: readonly Name[];
	/** The index before this mutation, and the one that it takes if it succeeds. */
	readonly #index: number;
	readonly #next: number;
	#nextContainer: number;

	constructor(view: WriteView, request: V2Request) {
		const state = readState(view);
		this.#view = view;
		this.#request = request;
		this.#names = splitPath(request.path);
		this.#index = state.index;
		this.#next = state.index + 1;
		this.#nextContainer = state.nextContainer;
	}

	set(): V2Result {
		const found = this.#find(this.#names);
		if (!found.ok && found.error !== 'key_not_found') {
			return found;
		}
		if (this.#names.length === 0) {
			return this.#refuseRoot();
		}
		if (!found.ok) {
			return this.#request.refresh ? found : this.#add('set', this.#names);
		}
		if (found.node.kind === NODE_KIND.directory) {
			return this.#refuse('not_a_file', joinPath(this.#names));
		}
		// A set is a new node: a new createdIndex and its own TTL or none. With dir=true it puts a directory in the file's place.
		const node = this.#newNode(this.#valueOver(found.node));
		dropDeadline(this.#view, found.node);
		this.#put(found.parent, node);
		return this.#done('set', faceOf(joinPath(this.#names), node), this.#faceOf(found.node));
	}

	create(): V2Result {
		if (this.#names.length === 0) {
			return this.#refuseRoot();
		}
		const found = this.#find(this.#names);
		if (found.ok) {
			return this.#refuse('already_exists', joinPath(this.#names));
		}
		return found.error === 'key_not_found' ? this.#add('create', this.#names) : found;
	}

	createInOrder(): V2Result {
		const name = encoder.encode(String(this.#next).padStart(IN_ORDER_DIGITS, '0'));
		const names = [...this.#names, name];
		const found = this.#find(names);
		if (found.ok) {
			return this.#refuse('already_exists', joinPath(names));
		}
		return found.error === 'key_not_found' ? this.#add('create', names) : found;
	}

	update(): V2Result {
		if (this.#names.length === 0) {
			return this.#refuseRoot();
		}
		const found = this.#find(this.#names);
		if (!found.ok) {
			return found;
		}
		if (found.node.kind === NODE_KIND.file) {
			return this.#rewrite('update', found);
		}
		if (this.#request.value.length > 0) {
			return this.#refuse('not_a_file', joinPath(this.#names));
		}
		// The event shows the new index, the directory keeps its own (1.4, quirks).
		const node = { ...found.node, ...this.#deadline() };
		dropDeadline(this.#view, found.node);
		this.#put(found.parent, node);
		return this.#done('update', { ...this.#faceOf(node), modifiedIndex: this.#next }, this.#faceOf(found.node));
	}

	compareAndSwap(): V2Result {
		if (this.#names.length === 0) {
			return this.#refuseRoot();
		}
		const found = this.#findEqual();
		return found.ok ? this.#rewrite('compareAndSwap', found) : found;
	}

	delete(): V2Result {
		if (this.#names.length === 0) {
			return this.#refuseRoot();
		}
		const found = this.#find(this.#names);
		if (!found.ok) {
			return found;
		}
		const { directory, recursive } = this.#request;
		if (found.node.kind === NODE_KIND.directory && !recursive) {
			if (!directory) {
				return this.#refuse('not_a_file', joinPath(this.#names));
			}
			if (hasChildren(this.#view, found.node)) {
				return this.#refuse('directory_not_empty', joinPath(this.#names));
			}
		}
		return this.#remove('delete', found);
	}

	compareAndDelete(): V2Result {
		const found = this.#findEqual();
		return found.ok ? this.#remove('compareAndDelete', found) : found;
	}

	/** The file at the path, if it passes the request's compares; each failed one shows as [given != actual]. */
	#findEqual(): Found | V2Failure {
		const found = this.#find(this.#names);
		if (!found.ok) {
			return found;
		}
		if (found.node.kind === NODE_KIND.directory) {
			return this.#refuse('not_a_file', joinPath(this.#names));
		}
		const { prevValue, prevIndex } = this.#request;
		const causes: Uint8Array[] = [];
		if (prevValue.length > 0 && !equalBytes(prevValue, found.node.value)) {
			causes.push(encoder.encode('['), prevValue, encoder.encode(' != '), found.node.value, encoder.encode(']'));
		}
		if (prevIndex !== 0n && prevIndex !== BigInt(found.node.modifiedIndex)) {
			causes.push(encoder.encode(`${causes.length > 0 ? ' ' : ''}[${prevIndex} != ${found.node.modifiedIndex}]`));
		}
		return causes.length === 0 ? found : this.#refuse('compare_failed', concatBytes(causes));
	}

	#find(names: readonly Name[]): Found | V2Failure {
		return walk(this.#view, names, this.#index);
	}

	/** A node where nothing is; missing parents become directories with the same index. */
	#add(action: V2Action, names: readonly Name[]): V2Result {
		const node = this.#newNode(this.#request.value);
		let parent = ROOT;
		for (const name of names.slice(0, -1)) {
			parent = findChild(this.#view, parent, name) ?? this.#addDirectory(parent, name);
			assert(parent.kind === NODE_KIND.directory, 'the walk has refused a file on the way');
		}
		this.#put(parent, node, names);
		return this.#done(action, faceOf(joinPath(names), node), null);
	}

	#addDirectory(parent: NodeRecord, name: Name): NodeRecord {
		const node = this.#directory();
		putChild(this.#view, { parent, name, node }, this.#takeContainer);
		return node;
	}

	/** The value of a file changes, its createdIndex does not; without a TTL in the request it becomes permanent. */
	#rewrite(action: V2Action, found: Found): V2Result {
		const node = { ...found.node, modifiedIndex: this.#next, value: this.#valueOver(found.node), ...this.#deadline() };
		dropDeadline(this.#view, found.node);
		this.#put(found.parent, node);
		return this.#done(action, this.#faceOf(node), this.#faceOf(found.node));
	}

	#remove(action: V2Action, found: Found): V2Result {
		removeChild(this.#view, found.parent, must(this.#names.at(-1), 'the root is never removed'));
		const before = this.#faceOf(found.node);
		return this.#done(action, { ...before, value: null, modifiedIndex: this.#next, expiration: 0 }, before);
	}

	#newNode(value: Uint8Array): NodeRecord {
		const deadline = this.#request.expiration < EXPIRATION_MIN ? PERMANENT : this.#deadline();
		if (this.#request.directory) {
			return { ...this.#directory(), ...deadline };
		}
		return { kind: NODE_KIND.file, createdIndex: this.#next, modifiedIndex: this.#next, container: 0, value, ...deadline };
	}

	#directory(): NodeRecord {
		const container = this.#takeContainer();
		return { kind: NODE_KIND.directory, createdIndex: this.#next, modifiedIndex: this.#next, container, value: EMPTY_BYTES, ...PERMANENT };
	}

	/** A refresh keeps what is stored. */
	#valueOver(node: NodeRecord): Uint8Array {
		return this.#request.refresh ? node.value : this.#request.value;
	}

	#deadline(): typeof PERMANENT {
		const { expiration } = this.#request;
		return expiration === 0 ? PERMANENT : { expiration, expirationIndex: this.#next };
	}

	#put(parent: NodeRecord, node: NodeRecord, names = this.#names): void {
		addDeadline(this.#view, node, joinPath(names));
		putChild(this.#view, { parent, name: must(names.at(-1), 'the root is never written'), node }, this.#takeContainer);
	}

	readonly #takeContainer = (): number => this.#nextContainer++;

	#faceOf(node: NodeRecord): NodeFace {
		return faceOf(joinPath(this.#names), node);
	}

	#done(action: V2Action, node: NodeFace, prevNode: NodeFace | null): V2Result {
		writeState(this.#view, { index: this.#next, nextContainer: this.#nextContainer });
		const { now } = this.#request;
		// etcd does not take a creation for a refresh, whatever was asked.
		const refresh = this.#request.refresh && (action === 'set' || action === 'update' || action === 'compareAndSwap');
		const event = { ok: true, action, index: this.#next, node, prevNode, now, refresh } as const;
		addEvent(this.#view, event);
		return event;
	}

	#refuse(error: V2ErrorName, cause: Uint8Array): V2Failure {
		return refuse(error, cause, this.#index);
	}

	#refuseRoot(): V2Failure {
		return this.#refuse('root_read_only', encoder.encode('/'));
	}
}
