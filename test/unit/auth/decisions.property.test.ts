/**
 * Random changes of users and roles, and requests between them, on two stores and beside a model that knows nothing of intervals, images or caches: it
 * looks at every single key. One of the stores is replaced by a copy now and then, as a member's is by a snapshot.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PERMISSION } from '../../../src/auth/operations.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import { AuthStore, bytes } from './fixture.ts';

const USERS = ['root', 'ann', 'ben', 'cy'] as const;
const ROLES = ['root', 'r', 's', 't'] as const;
const KEYS = ['a', 'b', 'c', 'd'] as const;
const ENDS = ['', 'a', 'b', 'c', 'd', 'e', '\0'] as const;
const TYPES = ['read', 'write', 'readWrite'] as const;

const user = fc.constantFrom(...USERS);
const role = fc.constantFrom(...ROLES);
const pair = fc.record({ key: fc.constantFrom(...KEYS), end: fc.constantFrom(...ENDS) });
const step = fc.oneof(
	fc.record({ do: fc.constantFrom('addUser' as const, 'deleteUser' as const), user }),
	fc.record({ do: fc.constantFrom('addRole' as const, 'deleteRole' as const), role }),
	{ weight: 3, arbitrary: fc.record({ do: fc.constantFrom('grantRole' as const, 'grantRole' as const, 'revokeRole' as const), user, role }) },
	{
		weight: 3,
		arbitrary: fc.record({ do: fc.constantFrom('grant' as const, 'grant' as const, 'revoke' as const), role, pair, type: fc.constantFrom(...TYPES) }),
	},
	fc.record({ do: fc.constantFrom('enable' as const, 'enable' as const, 'disable' as const, 'copy' as const) }),
	{ weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), user, pair, prevKv: fc.boolean(), isOld: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Pair = { readonly key: string; readonly end: string };

/** Of these few keys, those that a pair means. */
function meant({ key, end }: Pair): readonly string[] {
	return end === '' ? [key] : KEYS.filter((each) => each >= key && (end === '\0' || each < end));
}

class Model {
	enabled = false;
	readonly users = new Map<string, Set<string>>();
	readonly roles = new Map<string, Map<string, readonly [Pair, string]>>();

	/** What a deletion of the range comes to; null: more than the model says, since no key of its few decides. */
	decide(name: string, asked: Pair, prevKv: boolean): string | null {
		if (!this.enabled) {
			return 'ok';
		}
		const roles = this.users.get(name);
		if (roles === undefined) {
			return 'permission_denied';
		}
		if (roles.has('root')) {
			return 'ok';
		}
		const grants = [...roles].flatMap((each) => [...(this.roles.get(each)?.values() ?? [])]);
		const may = (access: string): boolean | null => {
			const open = grants.filter(([, type]) => type === access || type === 'readWrite').map(([each]) => each);
			const isEvery = meant(asked).every((key) => open.some((each) => meant(each).includes(key)));
			// Between two of these keys, and behind the last, there are others: only a single key is decided by them alone.
			return !isEvery ? false : asked.end === '' ? true : null;
		};
		const verdicts = prevKv ? [may('write'), may('read')] : [may('write')];
		return verdicts.includes(false) ? 'permission_denied' : verdicts.includes(null) ? null : 'ok';
	}
}

class World {
	readonly model = new Model();
	stores = [new AuthStore(), new AuthStore()];

	run(each: Step): void {
		const codes = this.stores.map((store) => this.#on(store, each));
		assert.equal(codes[0], codes[1]);
		if (each.do === 'ask') {
			this.#compare(each, codes[0] as string);
		} else if (codes[0] === 'ok') {
			this.#note(each);
		}
	}

	#on(store: AuthStore, each: Step): string {
		switch (each.do) {
			case 'addUser':
			case 'deleteUser':
				return store[each.do](each.user);
			case 'addRole':
			case 'deleteRole':
				return store[each.do](each.role);
			case 'grantRole':
			case 'revokeRole':
				return store[each.do](each.user, each.role);
			case 'grant':
				return store.grant(each.role, each.type, bytes(each.pair.key), bytes(each.pair.end));
			case 'revoke':
				return store.revoke(each.role, bytes(each.pair.key), bytes(each.pair.end));
			case 'enable':
			case 'disable':
				return store[each.do]();
			case 'copy':
				if (store === this.stores[1]) {
					store.becomeCopyOf(this.stores[0] as AuthStore);
				}
				return 'ok';
			case 'ask': {
				const who = store.as(each.user);
				return store.deleteRange(each.pair.key, each.pair.end, each.isOld ? { ...who, revision: Math.max(1, who.revision - 1) } : who, each.prevKv);
			}
		}
	}

	#compare(each: Extract<Step, { do: 'ask' }>, code: string): void {
		const isOld = each.isOld && this.model.enabled && (this.stores[0] as AuthStore).table.revision > 1;
		const wanted = isOld ? 'auth_old_revision' : this.model.decide(each.user, each.pair, each.prevKv);
		assert.ok(wanted === null ? code === 'ok' || code === 'permission_denied' : code === wanted, `${code}, and the model says ${wanted}`);
	}

	#note(each: Step): void {
		const { model } = this;
		switch (each.do) {
			case 'addUser':
				model.users.set(each.user, new Set());
				break;
			case 'deleteUser':
				model.users.delete(each.user);
				break;
			case 'addRole':
				model.roles.set(each.role, new Map());
				break;
			case 'deleteRole':
				model.roles.delete(each.role);
				for (const roles of model.users.values()) {
					roles.delete(each.role);
				}
				break;
			case 'grantRole':
				model.users.get(each.user)?.add(each.role);
				break;
			case 'revokeRole':
				model.users.get(each.user)?.delete(each.role);
				break;
			case 'grant':
				model.roles.get(each.role)?.set(`${each.pair.key} ${each.pair.end}`, [each.pair, each.type]);
				break;
			case 'revoke':
				model.roles.get(each.role)?.delete(`${each.pair.key} ${each.pair.end}`);
				break;
			case 'enable':
			case 'disable':
				model.enabled = each.do === 'enable';
				break;
			default:
				break;
		}
	}
}

function records(store: AuthStore): readonly string[] {
	const rows: string[] = [];
	store.engine.read((view) =>
		view.scan(TREE.auth, new Uint8Array(0), null, (key, value) => {
			rows.push(`${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);
			return true;
		}),
	);
	return rows;
}

test('auth: decisions: of random changes and requests are those of a model, and the same on every member', () => {
	assert.equal(Object.keys(PERMISSION).length, TYPES.length);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const world = new World();
			const beginning: Step[] = [
				{ do: 'addUser', user: 'root' },
				{ do: 'grantRole', user: 'root', role: 'root' },
				{ do: 'addUser', user: 'ann' },
				{ do: 'addRole', role: 'r' },
				{ do: 'grantRole', user: 'ann', role: 'r' },
				{ do: 'enable' },
			];
			for (const each of [...beginning, ...steps]) {
				world.run(each);
			}
			assert.deepEqual(records(world.stores[1] as AuthStore), records(world.stores[0] as AuthStore));
		}),
		{ numRuns: 400 },
	);
});
