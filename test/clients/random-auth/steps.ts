/**
 * Seeded random steps: changes of users, roles and permissions, logins, and requests in the names of ten users, of nobody and of a stranger; and members
 * that are killed and come back. Plain data, so that a case stays a case when steps before it are left out. Carried out by comparison.ts.
 */
import type { SeededRandom } from '../../../src/base/random.ts';
import { KEYS, type Request, RequestMaker } from '../random-v3/requests.ts';

/** type: READ, WRITE, READWRITE by number. */
export type AuthRequest =
	| { readonly kind: 'auth_enable' | 'auth_disable' | 'user_list' | 'role_list' }
	/** password: null for a user without one. */
	| { readonly kind: 'user_add'; readonly name: string; readonly password: string | null }
	| { readonly kind: 'user_change_password'; readonly name: string; readonly password: string }
	| { readonly kind: 'user_delete' | 'user_get'; readonly name: string }
	| { readonly kind: 'user_grant_role' | 'user_revoke_role'; readonly name: string; readonly role: string }
	| { readonly kind: 'role_add' | 'role_delete' | 'role_get'; readonly role: string }
	| { readonly kind: 'role_grant_permission'; readonly role: string; readonly type: number; readonly key: string; readonly rangeEnd: string }
	| { readonly kind: 'role_revoke_permission'; readonly role: string; readonly key: string; readonly rangeEnd: string };
/** isRight: with the password that he has, as far as the requests before tell it. */
export type LoginRequest = { readonly kind: 'authenticate'; readonly name: string; readonly isRight: boolean };
/** What is asked of a member, and not of the keyspace. */
export type MemberRequest = { readonly kind: 'member_list' | 'status' | 'alarm_list' };
export type StreamRequest =
	| { readonly kind: 'watch'; readonly key: string; readonly rangeEnd: string }
	| { readonly kind: 'lease_keep_alive'; readonly id: number };
export type AnyRequest = Request | AuthRequest | LoginRequest | MemberRequest | StreamRequest;

/** at: a number that picks one of the members that run. who: a user, NOBODY or STRANGER. */
export type Step =
	| { readonly kind: 'request'; readonly who: string; readonly at: number; readonly request: AnyRequest }
	| { readonly kind: 'kill'; readonly at: number }
	| { readonly kind: 'rejoin' };

export const ROOT = 'root';
export const USERS: readonly string[] = [ROOT, 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8', 'u9'];
/** Brings no token. */
export const NOBODY = '';
/** Brings a token that nobody was given. */
export const STRANGER = 'stranger';
const ROLES: readonly string[] = [ROOT, 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
const TYPES = 3;
const LEASES = 8;
const MEMBERS = 60;

export interface Kills {
	/** Steps from one kill to the next. */
	readonly every: number;
	/** Steps that a killed member misses. */
	readonly down: number;
}

export class StepMaker {
	readonly #random: SeededRandom;
	readonly #requests: RequestMaker;
	readonly #kills: Kills;
	/** Each role knows each key with one range end only: etcd 3.4 loses track of others (known-differences.md, `auth-regrant`). */
	readonly #ends = new Map<string, string>();
	readonly #waiting: Step[] = [];
	#passwords = 0;
	#made = 0;

	constructor(random: SeededRandom, kills: Kills) {
		this.#random = random;
		this.#requests = new RequestMaker(random);
		this.#kills = kills;
		this.#waiting.push(...this.#beginning());
	}

	next(): Step {
		this.#made++;
		const place = this.#made % this.#kills.every;
		if (place === this.#kills.every - this.#kills.down) {
			return { kind: 'kill', at: this.#at() };
		}
		if (place === 0) {
			return { kind: 'rejoin' };
		}
		return this.#waiting.shift() ?? this.#draw();
	}

	#beginning(): Step[] {
		const users = USERS.slice(1).map((name): AuthRequest => ({ kind: 'user_add', name, password: this.#password() }));
		const roles = ROLES.map((role): AuthRequest => ({ kind: 'role_add', role }));
		const grants = USERS.slice(1).map((name): AuthRequest => ({ kind: 'user_grant_role', name, role: this.#pick(ROLES.slice(1)) }));
		const permissions = Array.from({ length: 12 }, () => this.#permission());
		return [...[...users, ...roles, ...grants, ...permissions].map((request) => this.#by(NOBODY, request)), ...this.#enabling(NOBODY)];
	}

	/** Access control is on for most of the time: who was root may be nobody when it has been off. */
	#enabling(who: string): Step[] {
		const requests: AuthRequest[] = [
			{ kind: 'user_add', name: ROOT, password: this.#password() },
			{ kind: 'user_grant_role', name: ROOT, role: ROOT },
			{ kind: 'auth_enable' },
		];
		return requests.map((request) => this.#by(who, request));
	}

	#draw(): Step {
		const draw = this.#random.below(1_000);
		if (draw < 250) {
			return this.#by(this.#oneIn(4) ? this.#caller() : ROOT, this.#change());
		}
		if (draw < 270) {
			this.#waiting.push(...this.#enabling(this.#oneIn(2) ? NOBODY : ROOT));
			return this.#by(this.#caller(), { kind: 'auth_enable' });
		}
		if (draw < 275) {
			return this.#by(this.#oneIn(2) ? this.#caller() : ROOT, { kind: 'auth_disable' });
		}
		if (draw < 330) {
			return this.#by(this.#caller(), this.#question());
		}
		if (draw < 350) {
			return this.#by(NOBODY, { kind: 'authenticate', name: this.#pick(USERS), isRight: !this.#oneIn(4) });
		}
		if (draw < 430) {
			return this.#by(this.#caller(), this.#other());
		}
		const request = this.#requests.next();
		// Hashes of the past are another test's.
		return this.#by(this.#caller(), request.kind === 'hash_kv' ? { kind: 'hash_kv', revision: { exactly: 0 } } : upright(request));
	}

	#change(): AuthRequest {
		const name = this.#pick(USERS);
		const role = this.#pick(ROLES);
		const draw = this.#random.below(100);
		if (draw < 18) {
			return { kind: 'user_add', name, password: this.#oneIn(10) ? null : this.#password() };
		}
		if (draw < 24) {
			return { kind: 'user_delete', name };
		}
		if (draw < 32) {
			return { kind: 'user_change_password', name, password: this.#password() };
		}
		if (draw < 54) {
			return { kind: 'user_grant_role', name, role };
		}
		if (draw < 64) {
			return { kind: 'user_revoke_role', name, role };
		}
		if (draw < 72) {
			return { kind: 'role_add', role };
		}
		if (draw < 75) {
			return { kind: 'role_delete', role };
		}
		return draw < 92 ? this.#permission() : this.#revocation();
	}

	#permission(): AuthRequest {
		const role = this.#pick(ROLES.slice(1));
		const key = this.#pick(KEYS);
		return { kind: 'role_grant_permission', role, type: this.#random.below(TYPES), key, rangeEnd: this.#end(role, key) };
	}

	#revocation(): AuthRequest {
		const role = this.#pick(ROLES);
		const key = this.#pick(KEYS);
		return { kind: 'role_revoke_permission', role, key, rangeEnd: this.#oneIn(8) ? this.#pick(KEYS) : this.#end(role, key) };
	}

	#question(): AuthRequest {
		switch (this.#random.below(4)) {
			case 0:
				return { kind: 'user_get', name: this.#pick(USERS) };
			case 1:
				return { kind: 'role_get', role: this.#pick(ROLES) };
			case 2:
				return { kind: 'user_list' };
			default:
				return { kind: 'role_list' };
		}
	}

	#other(): MemberRequest | StreamRequest {
		const key = this.#pick(KEYS);
		switch (this.#random.below(7)) {
			case 0:
				return { kind: 'member_list' };
			case 1:
				return { kind: 'status' };
			case 2:
				return { kind: 'alarm_list' };
			case 3:
			case 4:
				return { kind: 'lease_keep_alive', id: 1 + this.#random.below(LEASES) };
			default:
				return { kind: 'watch', ...uprightPair({ key, rangeEnd: this.#oneIn(2) ? '' : this.#rangeEnd(key) }) };
		}
	}

	#end(role: string, key: string): string {
		const pair = JSON.stringify([role, key]);
		const end = this.#ends.get(pair) ?? this.#rangeEnd(key);
		this.#ends.set(pair, end);
		return end;
	}

	/** The key alone, all keys from it on, those that begin with it, or up to any other: before it, too. */
	#rangeEnd(key: string): string {
		const kind = this.#random.below(8);
		if (kind < 3) {
			return '';
		}
		if (kind < 5) {
			return kind === 3 ? '\0' : `${key}\xff`;
		}
		return this.#pick(KEYS);
	}

	#by(who: string, request: AnyRequest): Step {
		return { kind: 'request', who, at: this.#at(), request };
	}

	#caller(): string {
		const draw = this.#random.below(20);
		return draw === 0 ? NOBODY : draw === 1 ? STRANGER : this.#pick(USERS);
	}

	#password(): string {
		this.#passwords++;
		return `password ${this.#passwords}`;
	}

	#at(): number {
		return this.#random.below(MEMBERS);
	}

	#oneIn(n: number): boolean {
		return this.#random.below(n) === 0;
	}

	#pick<T>(values: readonly T[]): T {
		return values[this.#random.below(values.length)] as T;
	}
}

/** Whether a range that ends before it begins is refused is chance in etcd (known-differences.md, `auth-upright`), so that none is asked for. */
function upright<T extends Request>(request: T): T {
	if (request.kind === 'txn') {
		const { compares, success, failure } = request;
		const pairs = compares.map((compare) => ({ ...compare, ...uprightPair(compare) }));
		return { ...request, compares: pairs, success: success.map(upright), failure: failure.map(upright) };
	}
	return 'rangeEnd' in request ? { ...request, ...uprightPair(request) } : request;
}

type Pair = { readonly key: string; readonly rangeEnd: string };

function uprightPair({ key, rangeEnd }: Pair): Pair {
	if (rangeEnd === '' || rangeEnd === '\0' || key < rangeEnd) {
		return { key, rangeEnd };
	}
	return key === rangeEnd ? { key, rangeEnd: '' } : { key: rangeEnd, rangeEnd: key };
}
