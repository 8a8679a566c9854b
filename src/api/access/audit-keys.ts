/** The keys that a request is about, and the name that is said in a login, for a line of the audit log. Decodes what is decoded elsewhere too: only where somebody wants the line. Used by audit.ts and v2/audit-trail.ts. */
import { etcdserverpb, v3electionpb, v3lockpb } from '../../rpc/generated/messages.js';
import { decoded } from '../grpc/decoded.ts';

/** Two texts, the second for a range: as they are, or base64 where they are no text. */
export interface AuditKey {
	readonly key: string;
	readonly rangeEnd?: string;
	readonly encoding?: 'base64';
}

/** Of one request; the rest is not told. */
const KEYS_MAX = 128;
/** Longer keys are cut, with an ellipsis. */
const KEY_BYTES_MAX = 1_024;

const LOGIN = '/etcdserverpb.Auth/Authenticate';

type Pair = { readonly key?: Uint8Array | null; readonly range_end?: Uint8Array | null };
type Find = (request: Uint8Array) => readonly Pair[];

const FINDERS: Readonly<Record<string, Find>> = {
	'/etcdserverpb.KV/Range': (bytes) => [etcdserverpb.RangeRequest.decode(bytes)],
	'/etcdserverpb.KV/RangeStream': (bytes) => [etcdserverpb.RangeRequest.decode(bytes)],
	'/etcdserverpb.KV/Put': (bytes) => [etcdserverpb.PutRequest.decode(bytes)],
	'/etcdserverpb.KV/DeleteRange': (bytes) => [etcdserverpb.DeleteRangeRequest.decode(bytes)],
	'/etcdserverpb.KV/Txn': (bytes) => pairsOf(etcdserverpb.TxnRequest.decode(bytes)),
	'/etcdserverpb.Watch/Watch': (bytes) => {
		const { create_request } = etcdserverpb.WatchRequest.decode(bytes);
		return create_request ? [create_request] : [];
	},
	'/v3lockpb.Lock/Lock': (bytes) => [{ key: v3lockpb.LockRequest.decode(bytes).name }],
	'/v3lockpb.Lock/Unlock': (bytes) => [v3lockpb.UnlockRequest.decode(bytes)],
	'/v3electionpb.Election/Campaign': (bytes) => [{ key: v3electionpb.CampaignRequest.decode(bytes).name }],
	'/v3electionpb.Election/Leader': (bytes) => [{ key: v3electionpb.LeaderRequest.decode(bytes).name }],
	'/v3electionpb.Election/Observe': (bytes) => [{ key: v3electionpb.LeaderRequest.decode(bytes).name }],
};

export function auditedKeys(path: string, request: Uint8Array): readonly AuditKey[] {
	const find = FINDERS[path];
	const pairs = find === undefined ? [] : (decoded(() => find(request)) ?? []);
	return pairs.slice(0, KEYS_MAX).map(show);
}

/** Nothing, where the request is no login. */
export function claimedName(path: string, request: Uint8Array): { readonly claimed?: string } {
	if (path !== LOGIN) {
		return {};
	}
	const name = decoded(() => etcdserverpb.AuthenticateRequest.decode(request))?.name ?? '';
	return { claimed: shortened(name) };
}

/** One, as v2 has it. */
export function auditedKey(key: Uint8Array): AuditKey {
	return show({ key });
}

/** Other text that somebody else has chosen, to the length that a key may have. */
export function shortened(text: string): string {
	return text.length > KEY_BYTES_MAX ? `${text.slice(0, KEY_BYTES_MAX)}…` : text;
}

function pairsOf({ compare, success, failure }: etcdserverpb.TxnRequest.$Properties): readonly Pair[] {
	const pairs: Pair[] = [...(compare ?? [])];
	for (const each of [...(success ?? []), ...(failure ?? [])]) {
		if (pairs.length >= KEYS_MAX) {
			break;
		}
		const pair = each.request_range ?? each.request_put ?? each.request_delete_range;
		pairs.push(...(pair ? [pair] : []), ...(each.request_txn ? pairsOf(each.request_txn) : []));
	}
	return pairs;
}

function show({ key, range_end }: Pair): AuditKey {
	const shownKey = Buffer.from(key ?? []);
	const shownEnd = Buffer.from(range_end ?? []);
	const encoding = isText(shownKey) && isText(shownEnd) ? 'utf8' : 'base64';
	const say = (bytes: Buffer): string => `${bytes.subarray(0, KEY_BYTES_MAX).toString(encoding)}${bytes.length > KEY_BYTES_MAX ? '…' : ''}`;
	return {
		key: say(shownKey),
		...(shownEnd.length === 0 ? {} : { rangeEnd: say(shownEnd) }),
		...(encoding === 'base64' ? { encoding } : {}),
	};
}

function isText(bytes: Buffer): boolean {
	return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}
