/**
 * Tokens of etcd's simple kind (reference/etcd-surface.md 2.10): 16 letters that only their holder has, and the index of the entry that assigned them. The store
 * of every member knows them by a hash of the letters. How long one is good is a matter of each lane, which renews it with each use: one that this lane has
 * not seen counts from its assignment. What was assigned before this lane began is over, as in etcd after a restart.
 */
import type { AuthTable } from '../../auth/auth-table.ts';
import { type Identity, THE_MEMBER } from '../../auth/identity.ts';
import type { User } from '../../auth/operations.ts';
import { readToken, type TokenRecord } from '../../auth/token-tree.ts';
import { CODES } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { decodeTokenAssigned, encodeTokenAssignment } from '../../rpc/auth-codec.ts';
import type { AuthSight, Tokens } from './tokens.ts';

export interface SimpleTokenPorts {
	readonly lane: Lane;
	/** Takes a look at the store as it is now. */
	readonly look: <T>(work: (sight: AuthSight) => T) => T;
	/** So many letters that nobody can guess. */
	readonly randomLetters: (count: number) => string;
	readonly sha256: (text: string) => Uint8Array;
	/** Seconds, never backwards. */
	readonly now: () => number;
	readonly later: (milliseconds: number, work: () => void) => void;
}

const LETTERS = 16;
const FORM = /^([A-Za-z]{16})\.([1-9][0-9]{0,15})$/;
const KNOWN_MAX = 65_536;
/** A token's time is cut in so many steps: it is good for up to one more. */
const STEPS = 16;
const MILLISECONDS_A_SECOND = 1_000;
/** A token of another member may be here before the entry that assigned it. */
const AWAITED_MAX = 1_024;
const LOOK_MILLISECONDS = 20;
const LOOKS_MAX = 100;

interface Known {
	who: Identity;
	/** Of the table that it was looked up with: a later one may have it no more. */
	changes: number;
	deadline: number;
}

export class SimpleTokens implements Tokens {
	readonly #ttlSeconds: number;
	readonly #ports: SimpleTokenPorts;
	/** Used longest ago first, as far as there are several steps between. */
	readonly #known = new Map<string, Known>();
	/** What had been applied at the steps before, oldest first: up to the first, tokens were assigned a whole time ago. */
	readonly #steps: number[] = [];
	#awaited = 0;

	constructor(ttlSeconds: number, ports: SimpleTokenPorts) {
		this.#ttlSeconds = ttlSeconds;
		this.#ports = ports;
	}

	/** Once the lane has begun. */
	start(): void {
		this.#steps.push(this.#ports.lane.applied);
		this.#step();
	}

	recall(token: string, table: AuthTable): Identity | null {
		const known = this.#known.get(token);
		const now = this.#ports.now();
		if (known === undefined || known.changes !== table.changes || known.deadline <= now) {
			return null;
		}
		known.deadline = now + this.#ttlSeconds;
		return known.who;
	}

	find(token: string, sight: AuthSight): Identity | number | null {
		const now = this.#ports.now();
		const known = this.#known.get(token);
		if (known === undefined) {
			return this.#findUnknown(token, sight, now);
		}
		if (known.deadline <= now) {
			this.#known.delete(token);
			return CODES.invalid_auth_token.code;
		}
		if (known.changes !== sight.table.changes) {
			const found = this.#lookUp(token, sight);
			if (found === null) {
				this.#known.delete(token);
				return CODES.invalid_auth_token.code;
			}
			known.who = { user: found.user, revision: sight.table.revision };
			known.changes = sight.table.changes;
		}
		known.deadline = now + this.#ttlSeconds;
		return known.who;
	}

	findLater(token: string, done: (found: Identity | number) => void): void {
		if (this.#awaited >= AWAITED_MAX) {
			done(CODES.too_many_requests.code);
			return;
		}
		this.#awaited += 1;
		this.#await(token, LOOKS_MAX, (found) => {
			this.#awaited -= 1;
			done(found);
		});
	}

	issue(user: User, _table: unknown, done: (code: number, token: string) => void): void {
		const { lane, randomLetters, sha256 } = this.#ports;
		const letters = randomLetters(LETTERS);
		const body = encodeTokenAssignment({ user: user.name, credential: user.credential, hash: sha256(letters) });
		const assigned = (code: number, response: Uint8Array): void => {
			done(code, code === CODES.ok.code ? `${letters}.${decodeTokenAssigned(response)}` : '');
		};
		lane.propose(COMMAND_KIND.auth_token_assign, body, assigned, THE_MEMBER);
	}

	#findUnknown(token: string, sight: AuthSight, now: number): Identity | number | null {
		const index = indexOf(token);
		if (index === null || index <= (this.#steps[0] ?? 0)) {
			return CODES.invalid_auth_token.code;
		}
		const found = this.#lookUp(token, sight);
		if (found === null) {
			return index > this.#ports.lane.applied ? null : CODES.invalid_auth_token.code;
		}
		const who = { user: found.user, revision: sight.table.revision };
		this.#known.set(token, { who, changes: sight.table.changes, deadline: now + this.#ttlSeconds });
		if (this.#known.size > KNOWN_MAX) {
			const [oldest] = this.#known.keys();
			this.#known.delete(oldest ?? token);
		}
		return who;
	}

	#lookUp(token: string, { view }: AuthSight): TokenRecord | null {
		const found = readToken(view, this.#ports.sha256(token.slice(0, LETTERS)));
		return found?.index === indexOf(token) ? found : null;
	}

	#await(token: string, looks: number, done: (found: Identity | number) => void): void {
		const found = this.#ports.look((sight) => this.find(token, sight));
		if (found !== null || looks === 0) {
			done(found ?? CODES.invalid_auth_token.code);
		} else {
			this.#ports.later(LOOK_MILLISECONDS, () => this.#await(token, looks - 1, done));
		}
	}

	#step(): void {
		this.#ports.later((this.#ttlSeconds * MILLISECONDS_A_SECOND) / STEPS, () => {
			this.#steps.push(this.#ports.lane.applied);
			if (this.#steps.length > STEPS + 1) {
				this.#steps.shift();
			}
			this.#forget();
			this.#step();
		});
	}

	#forget(): void {
		const now = this.#ports.now();
		for (const [token, { deadline }] of this.#known) {
			if (deadline <= now) {
				this.#known.delete(token);
			}
		}
	}
}

function indexOf(token: string): number | null {
	const index = FORM.exec(token)?.[2];
	return index === undefined ? null : Number(index);
}
