/**
 * Half-open ranges of keys in a treap, each node knowing the greatest end below it: which ranges hold a key is answered in
 * O(log n + hits). Priorities come from a generator with a fixed seed, so two runs build the same tree. Used by watch-index.ts.
 */
import { SeededRandom } from '../base/random.ts';

export interface KeyInterval {
	readonly lo: string;
	/** null: to the end. */
	readonly hi: string | null;
}

interface Node<T> {
	readonly item: T;
	readonly priority: number;
	left: Node<T> | null;
	right: Node<T> | null;
	/** The greatest `hi` of the nodes from here down. */
	reach: string | null;
}

const SEED = 5;
const PRIORITIES = 2 ** 30;

export class RangeTree<T extends KeyInterval> {
	readonly #random = new SeededRandom(SEED);
	#root: Node<T> | null = null;

	get isEmpty(): boolean {
		return this.#root === null;
	}

	find(lo: string, hi: string | null): T | null {
		let node = this.#root;
		while (node !== null) {
			const order = compare(lo, hi, node.item);
			if (order === 0) {
				return node.item;
			}
			node = order < 0 ? node.left : node.right;
		}
		return null;
	}

	/** No equal range may be there. */
	add(item: T): void {
		const node = { item, priority: this.#random.below(PRIORITIES), left: null, right: null, reach: item.hi };
		this.#root = insert(this.#root, node);
	}

	remove(item: T): void {
		this.#root = without(this.#root, item);
	}

	/** Every range that holds the key. The tree may not be changed meanwhile. */
	stab(key: string, visit: (item: T) => void): void {
		stab(this.#root, key, visit);
	}

	each(visit: (item: T) => void): void {
		each(this.#root, visit);
	}
}

function compare(lo: string, hi: string | null, item: KeyInterval): number {
	if (lo !== item.lo) {
		return lo < item.lo ? -1 : 1;
	}
	if (hi === item.hi) {
		return 0;
	}
	return hi !== null && (item.hi === null || hi < item.hi) ? -1 : 1;
}

function insert<T extends KeyInterval>(root: Node<T> | null, node: Node<T>): Node<T> {
	if (root === null) {
		return node;
	}
	if (node.priority > root.priority) {
		[node.left, node.right] = split(root, node.item);
		return reached(node);
	}
	if (compare(node.item.lo, node.item.hi, root.item) < 0) {
		root.left = insert(root.left, node);
	} else {
		root.right = insert(root.right, node);
	}
	return reached(root);
}

/** What is below the item, and what is above it. */
function split<T extends KeyInterval>(root: Node<T> | null, item: T): [Node<T> | null, Node<T> | null] {
	if (root === null) {
		return [null, null];
	}
	if (compare(item.lo, item.hi, root.item) < 0) {
		const [below, above] = split(root.left, item);
		root.left = above;
		return [below, reached(root)];
	}
	const [below, above] = split(root.right, item);
	root.right = below;
	return [reached(root), above];
}

function without<T extends KeyInterval>(root: Node<T> | null, item: T): Node<T> | null {
	if (root === null) {
		return null;
	}
	if (root.item === item) {
		return joined(root.left, root.right);
	}
	if (compare(item.lo, item.hi, root.item) < 0) {
		root.left = without(root.left, item);
	} else {
		root.right = without(root.right, item);
	}
	return reached(root);
}

/** All of the one is below all of the other. */
function joined<T extends KeyInterval>(below: Node<T> | null, above: Node<T> | null): Node<T> | null {
	if (below === null || above === null) {
		return below ?? above;
	}
	if (below.priority > above.priority) {
		below.right = joined(below.right, above);
		return reached(below);
	}
	above.left = joined(below, above.left);
	return reached(above);
}

function reached<T extends KeyInterval>(node: Node<T>): Node<T> {
	let reach = node.item.hi;
	for (const child of [node.left, node.right]) {
		if (child !== null && reach !== null && (child.reach === null || child.reach > reach)) {
			reach = child.reach;
		}
	}
	node.reach = reach;
	return node;
}

function stab<T extends KeyInterval>(node: Node<T> | null, key: string, visit: (item: T) => void): void {
	if (node === null || !isAbove(node.reach, key)) {
		return;
	}
	stab(node.left, key, visit);
	if (node.item.lo <= key) {
		if (isAbove(node.item.hi, key)) {
			visit(node.item);
		}
		stab(node.right, key, visit);
	}
}

function isAbove(end: string | null, key: string): boolean {
	return end === null || end > key;
}

function each<T extends KeyInterval>(node: Node<T> | null, visit: (item: T) => void): void {
	if (node !== null) {
		each(node.left, visit);
		visit(node.item);
		each(node.right, visit);
	}
}
