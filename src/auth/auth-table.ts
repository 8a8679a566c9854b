/**
 * An image of the tree `auth` that never changes, and how to have the one of a view: requests are judged by it, on a lane as in the store, so that what
 * is judged and what is read are of one snapshot. Who may do what is check.ts.
 */
import type { ReadView } from '../base/engine.ts';
import { type AuthState, NEW_AUTH_STATE, readAuthState, readRoles, readUsers } from './auth-tree.ts';
import { type Interval, IntervalSet, toInterval } from './interval-set.ts';
import { PERMISSION, ROOT, type Role, type User } from './operations.ts';

/** What all roles of a user come to. */
export interface Grants {
	/** Everything: the sets do not matter. */
	readonly isRoot: boolean;
	readonly read: IntervalSet;
	readonly write: IntervalSet;
}

export class AuthTable {
	readonly enabled: boolean;
	readonly revision: number;
	/** Of the tree, when this was made: AuthState.changes. */
	readonly changes: number;
	readonly #users: ReadonlyMap<string, User>;
	readonly #roles: ReadonlyMap<string, Role>;
	/** Made when a user first asks for something. */
	readonly #grants = new Map<string, Grants>();

	constructor({ enabled, revision, changes }: AuthState, users: readonly User[], roles: readonly Role[]) {
		this.enabled = enabled;
		this.revision = revision;
		this.changes = changes;
		this.#users = new Map(users.map((user) => [user.name, user]));
		this.#roles = new Map(roles.map((role) => [role.name, role]));
	}

	user(name: string): User | null {
		return this.#users.get(name) ?? null;
	}

	role(name: string): Role | null {
		return this.#roles.get(name) ?? null;
	}

	/** In the order of their names' bytes. */
	users(): readonly User[] {
		return [...this.#users.values()];
	}

	/** In the order of their names' bytes. */
	roles(): readonly Role[] {
		return [...this.#roles.values()];
	}

	/** null: there is no such user. */
	grantsOf(name: string): Grants | null {
		const known = this.#grants.get(name);
		if (known !== undefined) {
			return known;
		}
		const user = this.user(name);
		if (user === null) {
			return null;
		}
		const grants = this.#union(user);
		this.#grants.set(name, grants);
		return grants;
	}

	#union({ roles }: User): Grants {
		const read: Interval[] = [];
		const write: Interval[] = [];
		for (const { type, key, rangeEnd } of roles.flatMap((name) => this.role(name)?.permissions ?? [])) {
			const interval = toInterval(key, rangeEnd);
			if (type === PERMISSION.read || type === PERMISSION.readWrite) {
				read.push(interval);
			}
			if (type === PERMISSION.write || type === PERMISSION.readWrite) {
				write.push(interval);
			}
		}
		return { isRoot: roles.includes(ROOT), read: new IntervalSet(read), write: new IntervalSet(write) };
	}
}

/** Of a store in which access control was never touched. */
export const NO_AUTH = new AuthTable(NEW_AUTH_STATE, [], []);

/** The newest image, kept by one lane or one store: a look at one record says whether it is still true. */
export class AuthTables {
	#table = NO_AUTH;

	of(view: ReadView): AuthTable {
		const state = readAuthState(view);
		if (state.changes !== this.#table.changes) {
			this.#table = new AuthTable(state, readUsers(view), readRoles(view));
		}
		return this.#table;
	}
}
