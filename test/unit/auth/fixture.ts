/** A store in memory with commands of access control and keys executed on it, as a member's store executes them, each in whose name it is. */
import assert from 'node:assert/strict';
import { type ExecutionContext, executeCommand } from '../../../src/actors/command-execution.ts';
import { activeAlarms } from '../../../src/alarms/refusal.ts';
import { type AuthTable, AuthTables } from '../../../src/auth/auth-table.ts';
import { type Identity, THE_MEMBER } from '../../../src/auth/identity.ts';
import { PERMISSION } from '../../../src/auth/operations.ts';
import { type Index, toIndex, toTerm } from '../../../src/base/brand.ts';
import { CODES, type CodeName } from '../../../src/base/codes.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { readStoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';
import { COMMAND_KIND, type CommandKind } from '../../../src/protocol/command.ts';
import { type authpb, etcdserverpb } from '../../../src/rpc/generated/messages.js';

export const ROOT_USER = 'root';
/** What bcrypt would have written, in base64: the store does not look into it. */
export const HASHED = Buffer.from('$2a$04$hash').toString('base64');

const OK_NAME = 'ok';

export function bytes(text: string): Uint8Array {
	return Buffer.from(text);
}

/** The name of a code's row, to be read in a failing test. */
export function nameOf(code: number): string {
	return Object.entries(CODES).find(([, row]) => row.code === code)?.[0] ?? `code ${code}`;
}

export class AuthStore {
	readonly engine = new MemoryEngine(STORE_TREE_NAMES);
	readonly #tables = new AuthTables();
	#applied = 0;

	get table(): AuthTable {
		return this.engine.read((view) => this.#tables.of(view));
	}

	/** With the revision of now. */
	as(user: string): Identity {
		return { user, revision: this.table.revision };
	}

	/** The entry that was executed last. */
	get applied(): number {
		return this.#applied;
	}

	execute(kind: CommandKind, body: Uint8Array, who: Identity = THE_MEMBER): string {
		this.#applied += 1;
		return this.engine.write((view) => {
			const state = readStoreState(view);
			const index: Index = toIndex(this.#applied);
			const context: ExecutionContext = {
				view,
				state,
				index,
				term: toTerm(1),
				ids: null,
				who,
				auth: this.#tables.of(view),
				alarms: activeAlarms(view),
				leaseChanges: [],
			};
			const executed = executeCommand(context, kind, body);
			writeStoreState(view, state);
			return executed === null ? 'undecodable' : nameOf(executed.code);
		});
	}

	must(kind: CommandKind, body: Uint8Array, who: Identity = THE_MEMBER): void {
		assert.equal(this.execute(kind, body, who), OK_NAME satisfies CodeName);
	}

	enable(who?: Identity): string {
		return this.execute(COMMAND_KIND.auth_enable, new Uint8Array(0), who);
	}

	disable(who?: Identity): string {
		return this.execute(COMMAND_KIND.auth_disable, new Uint8Array(0), who);
	}

	addUser(name: string, more: { readonly hashedPassword?: string; readonly noPassword?: boolean } = {}, who?: Identity): string {
		const { hashedPassword = HASHED, noPassword = false } = more;
		const body = etcdserverpb.AuthUserAddRequest.encode({ name, hashedPassword, options: { no_password: noPassword } }).finish();
		return this.execute(COMMAND_KIND.auth_user_add, body, who);
	}

	deleteUser(name: string): string {
		return this.execute(COMMAND_KIND.auth_user_delete, etcdserverpb.AuthUserDeleteRequest.encode({ name }).finish());
	}

	changePassword(name: string, hashedPassword = HASHED): string {
		return this.execute(COMMAND_KIND.auth_user_change_password, etcdserverpb.AuthUserChangePasswordRequest.encode({ name, hashedPassword }).finish());
	}

	grantRole(user: string, role: string): string {
		return this.execute(COMMAND_KIND.auth_user_grant_role, etcdserverpb.AuthUserGrantRoleRequest.encode({ user, role }).finish());
	}

	revokeRole(name: string, role: string): string {
		return this.execute(COMMAND_KIND.auth_user_revoke_role, etcdserverpb.AuthUserRevokeRoleRequest.encode({ name, role }).finish());
	}

	addRole(name: string): string {
		return this.execute(COMMAND_KIND.auth_role_add, etcdserverpb.AuthRoleAddRequest.encode({ name }).finish());
	}

	deleteRole(role: string): string {
		return this.execute(COMMAND_KIND.auth_role_delete, etcdserverpb.AuthRoleDeleteRequest.encode({ role }).finish());
	}

	/** end null: the request has no permission at all. */
	grant(name: string, type: keyof typeof PERMISSION, key: Uint8Array, rangeEnd: Uint8Array = new Uint8Array(0)): string {
		const perm: authpb.Permission.$Properties = { permType: PERMISSION[type], key, range_end: rangeEnd };
		const body = etcdserverpb.AuthRoleGrantPermissionRequest.encode({ name, perm }).finish();
		return this.execute(COMMAND_KIND.auth_role_grant_permission, body);
	}

	revoke(role: string, key: Uint8Array, rangeEnd: Uint8Array = new Uint8Array(0)): string {
		const body = etcdserverpb.AuthRoleRevokePermissionRequest.encode({ role, key, range_end: rangeEnd }).finish();
		return this.execute(COMMAND_KIND.auth_role_revoke_permission, body);
	}

	put(key: string, who: Identity, more: Partial<etcdserverpb.PutRequest.$Properties> = {}): string {
		return this.execute(COMMAND_KIND.put, etcdserverpb.PutRequest.encode({ key: bytes(key), value: bytes('v'), ...more }).finish(), who);
	}

	deleteRange(key: string, rangeEnd: string, who: Identity, prevKv = false): string {
		const body = etcdserverpb.DeleteRangeRequest.encode({ key: bytes(key), range_end: bytes(rangeEnd), prev_kv: prevKv }).finish();
		return this.execute(COMMAND_KIND.delete_range, body, who);
	}

	txn(request: etcdserverpb.TxnRequest.$Properties, who: Identity): string {
		return this.execute(COMMAND_KIND.txn, etcdserverpb.TxnRequest.encode(request).finish(), who);
	}

	/** As a member's store is replaced by a snapshot of another's. What it knows of the former one, its image of the table, it keeps. */
	becomeCopyOf(other: AuthStore): void {
		this.#applied = other.#applied;
		this.engine.write((to) => {
			for (const tree of Object.values(TREE)) {
				const gone: Uint8Array[] = [];
				to.scan(tree, new Uint8Array(0), null, (key) => gone.push(key) > 0);
				for (const key of gone) {
					to.remove(tree, key);
				}
				other.engine.read((from) =>
					from.scan(tree, new Uint8Array(0), null, (key, value) => {
						to.put(tree, key, value);
						return true;
					}),
				);
			}
		});
	}

	/** User root with role root, and access control on. */
	static enabled(): AuthStore {
		const store = new AuthStore();
		assert.equal(store.addUser(ROOT_USER), OK_NAME);
		assert.equal(store.grantRole(ROOT_USER, ROOT_USER), OK_NAME);
		assert.equal(store.enable(), OK_NAME);
		return store;
	}

	/** A user with a role of his name. */
	person(name: string, ...grants: readonly [keyof typeof PERMISSION, string, string?][]): void {
		assert.equal(this.addUser(name), OK_NAME);
		assert.equal(this.addRole(name), OK_NAME);
		assert.equal(this.grantRole(name, name), OK_NAME);
		for (const [type, key, rangeEnd] of grants) {
			assert.equal(this.grant(name, type, bytes(key), bytes(rangeEnd ?? '')), OK_NAME);
		}
	}
}
