/**
 * Whether a password is a user's. The work is done off this thread (password-job.ts), at the cost that it takes whether there is such a user or not. What
 * was right once is known again by a keyed hash, so that logging in again and again costs no work; the password itself is kept nowhere. Used by
 * auth-service.ts, http-guard.ts, and v2's users.
 */
import { networkOf } from '../../base/address-network.ts';
import { CODES } from '../../base/codes.ts';
import { type OffloadResult, type PasswordJob, SAME } from '../../protocol/offload-jobs.ts';
import { ADDRESS_LIMIT, FailureLimits, NAME_LIMIT } from './failure-limits.ts';

export interface CredentialPorts {
	readonly offload: (job: PasswordJob) => Promise<OffloadResult>;
	/** With a key that this process has made and tells nobody. */
	readonly keyedHash: (text: string) => string;
	/** Seconds, never backwards. */
	readonly now: () => number;
}

/** storedHash: of the user there is; empty: nobody, or one whom no password fits. */
export interface Attempt {
	readonly name: string;
	readonly storedHash: string;
	readonly password: string;
	readonly remoteAddress: string;
}

const VERIFIED_MAX = 4_096;
/** Well formed, and the hash of nothing that anybody knows: what a name without a password is compared with. */
const SALT_AND_HASH = 'Q45fHjnmV/fWSI9G8krgV.hQxPe0NfU/Fdy9JZTmgMvahnyS5OrKy';

export class Credentials {
	readonly #ports: CredentialPorts;
	readonly #cost: number;
	readonly #byName = new FailureLimits(NAME_LIMIT);
	readonly #byNetwork = new FailureLimits(ADDRESS_LIMIT);
	/** Oldest first. */
	readonly #verified = new Set<string>();

	constructor(bcryptCost: number, ports: CredentialPorts) {
		this.#cost = bcryptCost;
		this.#ports = ports;
	}

	/** done: ok, auth_failed, or too_many_requests. */
	verify(attempt: Attempt, done: (code: number) => void): void {
		const { name, storedHash, password, remoteAddress } = attempt;
		const known = this.#ports.keyedHash(JSON.stringify([name, storedHash, password]));
		if (this.#verified.has(known)) {
			done(CODES.ok.code);
			return;
		}
		const now = this.#ports.now();
		const network = networkOf(remoteAddress);
		if (!this.#byName.admits(name, now) || !this.#byNetwork.admits(network, now)) {
			done(CODES.too_many_requests.code);
			return;
		}
		this.#byName.attempt(name, now);
		this.#byNetwork.attempt(network, now);
		const isNobody = storedHash === '';
		const hash = isNobody ? `$2b$${String(this.#cost).padStart(2, '0')}$${SALT_AND_HASH}` : storedHash;
		void this.#ports.offload({ kind: 'compare_password', password, hash }).then((result) => {
			if (!result.ok) {
				this.#forgive(attempt);
				done(CODES.too_many_requests.code);
			} else if (isNobody || result.text !== SAME) {
				done(CODES.auth_failed.code);
			} else {
				this.#forgive(attempt);
				this.#remember(known);
				done(CODES.ok.code);
			}
		});
	}

	/** done gets the hash, or the code of the refusal. */
	hash(password: string, done: (result: string | number) => void): void {
		void this.#ports.offload({ kind: 'hash_password', password, cost: this.#cost }).then((result) => {
			done(result.ok ? result.text : CODES.too_many_requests.code);
		});
	}

	#forgive({ name, remoteAddress }: Attempt): void {
		this.#byName.forgive(name);
		this.#byNetwork.forgive(networkOf(remoteAddress));
	}

	#remember(known: string): void {
		this.#verified.add(known);
		if (this.#verified.size > VERIFIED_MAX) {
			const [oldest] = this.#verified;
			this.#verified.delete(oldest ?? known);
		}
	}
}
