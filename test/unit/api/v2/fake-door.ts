/** The door of the v2 API over a fake lane, with passwords that are compared at once: the hash of one is the word behind "hash:". */
import { type PasswordAttempt, V2Door, type V2Passwords } from '../../../../src/api/v2/auth/door.ts';
import { CODES } from '../../../../src/base/codes.ts';
import type { Lane } from '../../../../src/ports/lane.ts';

export interface FakePasswords extends V2Passwords {
	/** All that were looked at. */
	readonly attempts: PasswordAttempt[];
	/** Nothing is looked at any more. */
	isBusy: boolean;
}

export function fakeDoor(lane: Lane): { readonly door: V2Door; readonly passwords: FakePasswords } {
	const attempts: PasswordAttempt[] = [];
	const passwords: FakePasswords = {
		attempts,
		isBusy: false,
		verify: (attempt, done) => {
			attempts.push(attempt);
			const code = attempt.storedHash === `hash:${attempt.password}` ? CODES.ok.code : CODES.auth_failed.code;
			done(passwords.isBusy ? CODES.too_many_requests.code : code);
		},
		hash: (password, done) => done(passwords.isBusy ? CODES.too_many_requests.code : `hash:${password}`),
	};
	return { door: new V2Door({ namesByCertificate: false }, { lane, passwords }), passwords };
}
