/**
 * The v2 keyspace once more, the plainest way: a tree of objects, written from the reference and from nothing in src/v2.
 * The property test runs it beside the real tree. Paths are ASCII here.
 */
export interface NaiveRequest {
	readonly verb: 'set' | 'create' | 'post' | 'update' | 'cas' | 'delete' | 'cad';
	readonly path: string;
	readonly dir: boolean;
	readonly recursive: boolean;
	readonly value: string;
	readonly prevValue: string;
	readonly prevIndex: number;
	/** Milliseconds since 1970; 0: permanent. */
	readonly expiration: number;
	readonly refresh: boolean;
}

interface Leaf {
	value: string | null;
	children: Map<string, Leaf> | null;
	created: number;
	modified: number;
	/** When it is over, and the index that said so; 0: never. */
	over: readonly [number, number];
}

const NEVER = [0, 0] as const;

interface Answer {
	readonly status: number;
	readonly body: Record<string, unknown>;
}

const STATUS: Record<number, number> = { 100: 404, 101: 412, 102: 403, 104: 400, 105: 412, 107: 400, 108: 403 };
const MESSAGE: Record<number, string> = {
	100: 'Key not found',
	101: 'Compare failed',
	102: 'Not a file',
	104: 'Not a directory',
	105: 'Key already exists',
	107: 'Root is read only',
	108: 'Directory not empty',
};

class Refusal extends Error {
	readonly code: number;
	constructor(code: number, cause: string) {
		super(cause);
		this.code = code;
	}
}

export class NaiveTree {
	#root: Leaf = { value: null, children: new Map(), created: 0, modified: 0, over: NEVER };
	index = 3;
	readonly #now: number;

	constructor(now: number) {
		this.#now = now;
	}

	/** Removes what is over at cutoff, and tells the paths in order. */
	sync(cutoff: number): string[] {
		const ended: string[] = [];
		for (let first = this.#firstOver(this.#root, ''); first !== null && first.leaf.over[0] <= cutoff; first = this.#firstOver(this.#root, '')) {
			ended.push(first.path);
			const at = first.path.lastIndexOf('/');
			this.#find(first.path.slice(0, at)).children?.delete(first.path.slice(at + 1));
			this.index++;
		}
		return ended;
	}

	#firstOver(leaf: Leaf, path: string): { leaf: Leaf; path: string } | null {
		let first = leaf.over[0] === 0 ? null : { leaf, path };
		for (const [name, child] of leaf.children ?? []) {
			const below = this.#firstOver(child, `${path}/${name}`);
			const [a, b] = [below?.leaf.over ?? NEVER, first?.leaf.over ?? NEVER];
			if (below !== null && (first === null || a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]))) {
				first = below;
			}
		}
		return first;
	}

	run(request: NaiveRequest): Answer {
		try {
			const body = this.#mutate(request);
			const created = body['action'] === 'create' || (body['action'] === 'set' && !('prevNode' in body));
			return { status: created ? 201 : 200, body };
		} catch (error) {
			if (!(error instanceof Refusal)) {
				throw error;
			}
			return this.#refused(error);
		}
	}

	get(path: string, recursive: boolean): Answer {
		try {
			const leaf = this.#find(path);
			return { status: 200, body: { action: 'get', node: this.#show(path, leaf, recursive ? 'all' : 'one') } };
		} catch (error) {
			if (!(error instanceof Refusal)) {
				throw error;
			}
			return this.#refused(error);
		}
	}

	#refused(error: Refusal): Answer {
		const cause = error.message === '' ? {} : { cause: error.message };
		return { status: STATUS[error.code] ?? 0, body: { errorCode: error.code, message: MESSAGE[error.code], ...cause, index: this.index } };
	}

	#mutate(request: NaiveRequest): Record<string, unknown> {
		const { path, value, verb } = request;
		if (path === '' && verb !== 'post') {
			throw verb === 'cad' ? new Refusal(102, '') : new Refusal(107, '/');
		}
		const next = this.index + 1;
		if (verb === 'post') {
			return this.#make('create', `${path}/${String(next).padStart(20, '0')}`, request);
		}
		if (verb === 'create') {
			if (this.#peek(path) !== null) {
				throw new Refusal(105, path);
			}
			return this.#make('create', path, request);
		}
		if (verb === 'set') {
			const before = this.#peek(path);
			if (before === null && request.refresh) {
				this.#find(path);
			}
			if (before?.children) {
				throw new Refusal(102, path);
			}
			const prev = before === null ? {} : { prevNode: this.#show(path, before, 'none') };
			const kept = request.refresh && before !== null ? { value: before.value ?? '' } : {};
			return { ...this.#make('set', path, { ...request, ...kept }), ...prev };
		}
		const leaf = this.#find(path);
		const prevNode = this.#show(path, leaf, 'none');
		if (verb === 'update' && leaf.children !== null) {
			if (value !== '') {
				throw new Refusal(102, path);
			}
			this.index = next;
			leaf.over = request.expiration === 0 ? NEVER : [request.expiration, next];
			return { action: 'update', node: { ...this.#show(path, leaf, 'none'), modifiedIndex: next }, prevNode };
		}
		if (verb === 'cas' || verb === 'cad') {
			this.#compare(path, leaf, request);
		}
		if (verb === 'update' || verb === 'cas') {
			leaf.value = request.refresh ? leaf.value : value;
			leaf.modified = next;
			leaf.over = request.expiration === 0 ? NEVER : [request.expiration, next];
			this.index = next;
			return { action: verb === 'cas' ? 'compareAndSwap' : 'update', node: this.#show(path, leaf, 'none'), prevNode };
		}
		if (verb === 'delete' && leaf.children !== null && !request.recursive) {
			if (!request.dir) {
				throw new Refusal(102, path);
			}
			if (leaf.children.size > 0) {
				throw new Refusal(108, path);
			}
		}
		const at = path.lastIndexOf('/');
		this.#find(path.slice(0, at)).children?.delete(path.slice(at + 1));
		this.index = next;
		const node: Record<string, unknown> = { ...prevNode, modifiedIndex: next };
		delete node['value'];
		delete node['expiration'];
		delete node['ttl'];
		return { action: verb === 'cad' ? 'compareAndDelete' : 'delete', node, prevNode };
	}

	#compare(path: string, leaf: Leaf, request: NaiveRequest): void {
		if (leaf.children !== null) {
			throw new Refusal(102, path);
		}
		const causes: string[] = [];
		if (request.prevValue !== '' && request.prevValue !== leaf.value) {
			causes.push(`[${request.prevValue} != ${leaf.value}]`);
		}
		if (request.prevIndex !== 0 && request.prevIndex !== leaf.modified) {
			causes.push(`[${request.prevIndex} != ${leaf.modified}]`);
		}
		if (causes.length > 0) {
			throw new Refusal(101, causes.join(' '));
		}
	}

	/** Adds or replaces a node, with parents as needed. */
	#make(action: string, path: string, request: NaiveRequest): Record<string, unknown> {
		if (action === 'create') {
			this.#peek(path);
		}
		const next = this.index + 1;
		const names = path.split('/').slice(1);
		const last = names.pop() ?? '';
		let at = this.#root;
		for (const name of names) {
			let child = at.children?.get(name);
			if (child === undefined) {
				child = { value: null, children: new Map(), created: next, modified: next, over: NEVER };
				at.children?.set(name, child);
			}
			at = child;
		}
		const kind = request.dir ? { value: null, children: new Map() } : { value: request.value, children: null };
		const leaf: Leaf = { ...kind, created: next, modified: next, over: request.expiration === 0 ? NEVER : [request.expiration, next] };
		at.children?.set(last, leaf);
		this.index = next;
		return { action, node: this.#show(path, leaf, 'none') };
	}

	/** Null where nothing is; a file on the way is an error all the same. */
	#peek(path: string): Leaf | null {
		try {
			return this.#find(path);
		} catch (error) {
			if (error instanceof Refusal && error.code === 100) {
				return null;
			}
			throw error;
		}
	}

	#find(path: string): Leaf {
		let at = this.#root;
		let here = '';
		for (const name of path.split('/').slice(1)) {
			if (at.children === null) {
				throw new Refusal(104, here);
			}
			here += `/${name}`;
			const child = at.children.get(name);
			if (child === undefined) {
				throw new Refusal(100, here);
			}
			at = child;
		}
		return at;
	}

	#show(path: string, leaf: Leaf, levels: 'none' | 'one' | 'all'): Record<string, unknown> {
		const node: Record<string, unknown> = path === '' ? {} : { key: path };
		if (leaf.children === null) {
			node['value'] = leaf.value;
		} else {
			node['dir'] = true;
		}
		if (leaf.over[0] !== 0) {
			node['expiration'] = new Date(leaf.over[0]).toISOString().replace(/\.?0*Z$/, 'Z');
			const left = (leaf.over[0] - this.#now) / 1_000;
			const seconds = left > 0 ? Math.ceil(left) : Math.trunc(left);
			Object.assign(node, seconds === 0 ? {} : { ttl: seconds });
		}
		if (leaf.children !== null) {
			const names = levels === 'none' ? [] : [...leaf.children.keys()].filter((name) => !name.startsWith('_')).sort();
			if (names.length > 0) {
				node['nodes'] = names.map((name) => this.#show(`${path}/${name}`, leaf.children?.get(name) as Leaf, levels === 'all' ? 'all' : 'none'));
			}
		}
		return leaf.created === 0 ? node : { ...node, modifiedIndex: leaf.modified, createdIndex: leaf.created };
	}
}
