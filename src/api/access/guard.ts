/**
 * Stands before a gRPC method, whoever carries the call: says who calls, and holds the rule that rules.ts has for it, as far as that can be told without the
 * request. Each answer is told to the audit log, if there is one. Used by services.ts.
 */
import { checkKnown, checkRoot } from '../../auth/check-user.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { must } from '../../base/assert.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import type { RpcCall, RpcMethod, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import { type Audit, AuditedCall, noteRequest } from './audit.ts';
import type { Callers, LookAtAuth } from './callers.ts';
import { openLate } from './late-stream.ts';
import { RPC_RULES, type Rule } from './rules.ts';
import type { ServedMethod, ServedStream, ServedUnary } from './served-method.ts';

export interface GuardPorts {
	readonly callers: Callers;
	readonly look: LookAtAuth;
	/** null: nobody wants to know. */
	readonly audit: Audit | null;
}

/** Throws for a path that has no rule. */
export function guarded(ports: GuardPorts, path: string, method: ServedMethod): RpcMethod {
	const rule = must(RPC_RULES[path] ?? null, `the method ${path} has no row in api/access/rules.ts`);
	return method.shape === 'unary' ? guardUnary(ports, { path, rule }, method) : guardStream(ports, { path, rule }, method);
}

interface Row {
	readonly path: string;
	readonly rule: Rule;
}

function guardUnary(ports: GuardPorts, { path, rule }: Row, method: ServedUnary): RpcMethod {
	const { callers, audit } = ports;
	const serve = (request: Uint8Array, plain: RpcCall, found: Identity | number): void => {
		const call = audit === null ? plain : new AuditedCall(audit, { path, request, found, from: plain.remoteAddress }, plain);
		const code = typeof found === 'number' ? found : refusalOf(ports, rule, found);
		if (code === CODES.ok.code && typeof found !== 'number') {
			method.handle(request, call, found);
		} else {
			const row = codeRow(code) ?? CODES.timeout;
			call.fail(row.grpc, row.text);
		}
	};
	const handle = (request: Uint8Array, call: RpcCall): void => {
		const found = rule === 'open' ? ANONYMOUS : callers.identify(call);
		if (found === null) {
			callers.identifyLater(call, (late) => serve(request, call, late));
		} else {
			serve(request, call, found);
		}
	};
	return { shape: 'unary', handle };
}

function guardStream(ports: GuardPorts, { path, rule }: Row, method: ServedStream): RpcMethod {
	const { callers, audit } = ports;
	const serve = (stream: RpcStream, found: Identity | number): RpcStreamEvents => {
		const note = (request: Uint8Array, text: string): void => {
			if (audit !== null) {
				noteRequest(audit, { path, request, found, from: stream.remoteAddress }, text);
			}
		};
		const code = typeof found === 'number' ? found : refusalOf(ports, rule, found);
		if (code === CODES.ok.code && typeof found !== 'number') {
			// Known when the stream was opened; where it cannot be said at once any more (jwt-tokens.ts forgets the oldest), he is who he was.
			const identify = rule === 'open' ? () => found : () => callers.identify(stream) ?? found;
			return method.open(stream, { identify, note });
		}
		const row = codeRow(code) ?? CODES.timeout;
		note(NO_BYTES, row.text);
		stream.end(row.grpc, row.text);
		return NOTHING_MORE;
	};
	const open = (stream: RpcStream): RpcStreamEvents => {
		const found = rule === 'open' ? ANONYMOUS : callers.identify(stream);
		return found === null ? openLate(stream, (done) => callers.identifyLater(stream, done), serve) : serve(stream, found);
	};
	return { shape: 'stream', open };
}

const NO_BYTES = new Uint8Array(0);
const NOTHING = (): void => {};
const NOTHING_MORE: RpcStreamEvents = { message: NOTHING, halfClosed: NOTHING, drained: NOTHING, canceled: NOTHING };

function refusalOf({ look }: GuardPorts, rule: Rule, who: Identity): number {
	switch (rule) {
		case 'known':
			return look(({ table }) => checkKnown(table, who));
		case 'root':
			return look(({ table }) => checkRoot(table, who));
		case 'open':
		case 'checked':
		case 'applied':
			return CODES.ok.code;
	}
}
