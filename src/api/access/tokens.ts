/** What a kind of token offers: simple-tokens.ts, jwt-tokens.ts. Used by callers.ts and auth-service.ts. */
import type { AuthTable } from '../../auth/auth-table.ts';
import type { Identity } from '../../auth/identity.ts';
import type { User } from '../../auth/operations.ts';
import type { ReadView } from '../../base/engine.ts';

export interface AuthSight {
	readonly view: ReadView;
	/** Of this view. */
	readonly table: AuthTable;
}

export interface Tokens {
	/** As find, without a look at the store: by an image of it. null: it takes a look. */
	recall(token: string, table: AuthTable): Identity | number | null;
	/** Who it is, or the code that refuses it; null: that takes a while. */
	find(token: string, sight: AuthSight): Identity | number | null;
	/** For one that takes a while. */
	findLater(token: string, done: (found: Identity | number) => void): void;
	/** For a user whose password was verified as it is in the table. done gets a code and the token. */
	issue(user: User, table: AuthTable, done: (code: number, token: string) => void): void;
}
