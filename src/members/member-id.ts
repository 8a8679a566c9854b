/** Member ids and cluster ids exactly as etcd computes them (reference/etcd-surface.md 7.1): the same flags give the same cluster. */
import { compareBytes, concatBytes } from '../base/bytes.ts';

/** SHA-1 of bytes: 20 bytes. Handed in, since this layer imports no node module. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

const ID_BYTES = 8;
const encoder = new TextEncoder();

/** Of a member that --initial-cluster names: SHA-1 over its sorted peer URLs and the cluster token. */
export function memberId(peerUrls: readonly string[], token: string, sha1: Sha1): bigint {
	const urls = peerUrls.map((url) => encoder.encode(url)).sort(compareBytes);
	return firstEight(sha1(concatBytes([...urls, encoder.encode(token)])));
}

/** Of a member that is added to a running cluster: the Unix seconds go in too, so that URLs that come back make another member. */
export function addedMemberId(
	{ peerUrls, token, unixSeconds }: { readonly peerUrls: readonly string[]; readonly token: string; readonly unixSeconds: number },
	sha1: Sha1,
): bigint {
	return memberId(peerUrls, `${token}${unixSeconds}`, sha1);
}

/** Of the cluster that these members found: SHA-1 over their ids in ascending order. */
export function clusterIdOf(ids: readonly bigint[], sha1: Sha1): bigint {
	const sorted = [...ids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
	const bytes = new Uint8Array(ID_BYTES * sorted.length);
	const view = new DataView(bytes.buffer);
	for (const [i, id] of sorted.entries()) {
		view.setBigUint64(ID_BYTES * i, id);
	}
	return firstEight(sha1(bytes));
}

function firstEight(digest: Uint8Array): bigint {
	return new DataView(digest.buffer, digest.byteOffset, digest.byteLength).getBigUint64(0);
}
