/**
 * Auth.Authenticate: a password for a token. The password is verified off this thread, under the user's credential of that moment; where the user has got
 * another one meanwhile, it is verified again. Used by auth-service.ts.
 */
import type { User } from '../../auth/operations.ts';
import { CODES } from '../../base/codes.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import type { Access } from '../access/access.ts';
import { decoded } from './decoded.ts';
import { failMalformed, failWithCode, headerMessage, type ServiceContext } from './service-context.ts';

const { AuthenticateRequest, AuthenticateResponse } = etcdserverpb;

const REPEATS_MAX = 3;
const decoder = new TextDecoder();

interface Asked {
	readonly name: string;
	readonly password: string;
}

export class Login {
	readonly #context: ServiceContext;
	readonly #access: Access;

	constructor(context: ServiceContext, access: Access) {
		this.#context = context;
		this.#access = access;
	}

	authenticate(request: Uint8Array, call: RpcCall): void {
		const asked = decoded(() => AuthenticateRequest.decode(request));
		if (asked === null) {
			failMalformed(call);
			return;
		}
		this.#context.lane.awaitLinearizable((code) => {
			if (code !== CODES.ok.code) {
				failWithCode(call, code);
			} else if (!call.isOver) {
				this.#verify(asked, call, REPEATS_MAX);
			}
		});
	}

	#verify(asked: Asked, call: RpcCall, repeats: number): void {
		const found = this.#access.look(({ table }) => (table.enabled ? table.user(asked.name) : 'off'));
		if (found === 'off') {
			failWithCode(call, CODES.auth_not_enabled.code);
			return;
		}
		if (found?.noPassword === true) {
			this.#refuse(asked, call, CODES.no_password_user.code);
			return;
		}
		const storedHash = found === null ? '' : decoder.decode(found.passwordHash);
		const attempt = { ...asked, storedHash, remoteAddress: call.remoteAddress };
		this.#access.credentials.verify(attempt, (code) => {
			if (code !== CODES.ok.code || found === null) {
				this.#refuse(asked, call, code);
			} else {
				this.#issue(asked, found, call, repeats);
			}
		});
	}

	#issue(asked: Asked, verified: User, call: RpcCall, repeats: number): void {
		const { look, tokens } = this.#access;
		const now = look(({ table }) => ({ table, user: table.user(asked.name) }));
		if (now.user?.credential !== verified.credential) {
			this.#repeat(asked, call, repeats);
			return;
		}
		tokens.issue(now.user, now.table, (code, token) => {
			if (code === CODES.credential_changed.code) {
				this.#repeat(asked, call, repeats);
			} else if (code === CODES.ok.code) {
				const header = headerMessage(this.#context, this.#context.lane.reader.read(currentRevision));
				call.succeed(AuthenticateResponse.encode({ header, token }).finish());
			} else {
				failWithCode(call, code);
			}
		});
	}

	#repeat(asked: Asked, call: RpcCall, repeats: number): void {
		if (repeats > 0) {
			this.#verify(asked, call, repeats - 1);
		} else {
			this.#refuse(asked, call, CODES.auth_failed.code);
		}
	}

	#refuse({ name }: Asked, call: RpcCall, code: number): void {
		if (code !== CODES.too_many_requests.code) {
			this.#access.logger.log('warn', 'invalid authentication was requested', { user: name, 'remote-addr': call.remoteAddress });
		}
		failWithCode(call, code);
	}
}
