/**
 * The key browser's questions: GET /dashboard/keys and /dashboard/history; and with --dashboard-writes POST /dashboard/write, which puts or deletes
 * a key only if nobody has changed it since it was shown. Keys and values are base64, since they may be any bytes.
 */
import type { ServerResponse } from 'node:http';
import { AuthTables } from '../../auth/auth-table.ts';
import { checkRange } from '../../auth/check.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { EMPTY_BYTES } from '../../base/bytes.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import type { ReadView } from '../../base/engine.ts';
import type { Lane } from '../../ports/lane.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { decodeTxn } from '../../rpc/kv-codec.ts';
import { longFromNumber } from '../../rpc/long-id.ts';
import { checkTxn } from '../../rpc/validate-kv.ts';
import { readBody } from '../http/body.ts';
import { allowOnly, type HttpRoute, parametersOf, sendJson, sendText } from '../http/router.ts';
import { listKeys, rangeOfPrefix, readHistory } from './key-reading.ts';

const { TxnRequest, TxnResponse, Compare } = etcdserverpb;

export interface KeyRouteOptions {
	readonly writes: boolean;
	readonly maxRequestBytes: number;
}

/** What a page asks for. value null: delete. modRevision 0: the key must not be there. */
interface Write {
	readonly key: Uint8Array;
	readonly value: Uint8Array | null;
	readonly modRevision: number;
}

/** Of an alternative of base64 and JSON over the bytes themselves. */
const BODY_FACTOR = 2;
const OPS_MAX = 2;

/** By the rights of whoever asks, on the view that is read. */
type MayRead = (view: ReadView, key: Uint8Array, rangeEnd: Uint8Array) => boolean;

export function keyRoutes(lane: Lane, options: KeyRouteOptions): readonly HttpRoute[] {
	const tables = new AuthTables();
	const answer = (path: string, read: (parameters: URLSearchParams, mayRead: MayRead) => object | null): HttpRoute => ({
		path,
		handle: (request, response, who = ANONYMOUS) => {
			if (!allowOnly('GET', request, response)) {
				return;
			}
			const mayRead: MayRead = (view, key, rangeEnd) => checkRange(tables.of(view), who, { key, rangeEnd }) === CODES.ok.code;
			const found = read(parametersOf(request.url ?? '/'), mayRead);
			if (found === null) {
				sendText(response, 403, `${CODES.permission_denied.text}\n`);
			} else {
				sendJson(response, 200, JSON.stringify(found));
			}
		},
	});
	return [
		answer('/dashboard/keys', (asked, mayRead) => {
			const after = asked.get('after');
			const prefix = fromBase64(asked.get('prefix') ?? '');
			const { key, rangeEnd } = rangeOfPrefix(prefix);
			return lane.reader.read((view) => (mayRead(view, key, rangeEnd) ? listKeys(view, prefix, after === null ? null : fromBase64(after)) : null));
		}),
		answer('/dashboard/history', (asked, mayRead) => {
			const key = fromBase64(asked.get('key') ?? '');
			return key.length === 0
				? { error: CODES.empty_key.text }
				: lane.reader.read((view) => (mayRead(view, key, EMPTY_BYTES) ? readHistory(view, key) : null));
		}),
		...(options.writes ? [{ path: '/dashboard/write', handle: writeHandler(lane, options) }] : []),
	];
}

function writeHandler(lane: Lane, { maxRequestBytes }: KeyRouteOptions): HttpRoute['handle'] {
	return (request, response, who = ANONYMOUS) => {
		if (request.method !== 'POST') {
			allowOnly('POST', request, response);
			return;
		}
		readBody(request, maxRequestBytes * BODY_FACTOR, (body) => {
			const write = body === null ? null : parseWrite(body.toString('utf8'));
			if (write === null) {
				sendJson(response, 400, JSON.stringify({ error: 'not a write of a key, or too large' }));
			} else {
				propose(lane, { txn: encodeWrite(write), who }, maxRequestBytes, response);
			}
		});
	};
}

interface Proposed {
	readonly txn: Uint8Array;
	readonly who: Identity;
}

function propose(lane: Lane, { txn, who }: Proposed, maxRequestBytes: number, response: ServerResponse): void {
	const operation = decodeTxn(txn);
	const code = operation === null || txn.length > maxRequestBytes ? CODES.request_too_large.code : checkTxn(operation, OPS_MAX);
	const refuse = (refusal: number): void => sendJson(response, 409, JSON.stringify({ error: codeRow(refusal)?.text ?? CODES.timeout.text }));
	if (code !== CODES.ok.code) {
		refuse(code);
		return;
	}
	const answer = (outcome: number, bytes: Uint8Array): void => {
		if (outcome !== CODES.ok.code) {
			refuse(outcome);
		} else if (TxnResponse.decode(bytes).succeeded) {
			sendJson(response, 200, '{}');
		} else {
			sendJson(response, 409, JSON.stringify({ error: 'the key was changed meanwhile: look at it again' }));
		}
	};
	lane.propose(COMMAND_KIND.txn, txn, answer, who);
}

function encodeWrite({ key, value, modRevision }: Write): Uint8Array {
	const compare: etcdserverpb.Compare.$Properties = {
		key,
		result: Compare.CompareResult.EQUAL,
		target: Compare.CompareTarget.MOD,
		mod_revision: longFromNumber(modRevision),
	};
	// A lease stays with its key.
	const operation: etcdserverpb.RequestOp.$Properties =
		value === null ? { request_delete_range: { key } } : { request_put: { key, value, ignore_lease: modRevision > 0 } };
	return TxnRequest.encode({ compare: [compare], success: [operation] }).finish();
}

function parseWrite(body: string): Write | null {
	try {
		const { key, value, modRevision } = JSON.parse(body) as Readonly<Record<string, unknown>>;
		const isSound = typeof key === 'string' && key !== '' && (value === null || typeof value === 'string');
		if (!isSound || !Number.isSafeInteger(modRevision) || Number(modRevision) < 0) {
			return null;
		}
		return { key: fromBase64(key), value: value === null ? null : fromBase64(value), modRevision: Number(modRevision) };
	} catch {
		return null;
	}
}

function fromBase64(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, 'base64'));
}
