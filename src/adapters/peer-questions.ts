/**
 * Questions to another member's peer port that any thread may ask: who is in its cluster, how far its followers are, and whether it would hand
 * over. Answers come from the network: they are checked before they are believed. Used by cli/join.ts and workers/api.worker.ts.
 */
import type { Index, Slot } from '../base/brand.ts';
import type { ToldCluster, ToldMember } from '../members/joining.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import { askText, type KeptConnections, type PeerRequest, type PeerTls } from './peer-http-client.ts';
import { PROGRESS_PATH, STATE_PATH, TRANSFER_PATH } from './peer-server.ts';

/** What a member says of itself to another, and to whom it speaks. */
export interface Introduction {
	readonly clusterId: string;
	readonly selfId: string;
	readonly to: string;
	readonly tls: PeerTls;
}

const HEX_ID = /^[0-9a-f]{1,16}$/;
const SLOT_MAX = 65_535;

/** null with a reason: no answer, or none that makes sense. */
export async function askMembers(url: string, tls: PeerTls, timeoutMilliseconds: number): Promise<ToldCluster | { readonly reason: string }> {
	const answer = await askText(request(url, '/members', {}, { tls, timeoutMilliseconds }));
	if (!answer.ok) {
		return { reason: answer.reason };
	}
	const clusterId = answer.headers['x-etcd-cluster-id'];
	const members = parseMembers(answer.body);
	const isSound = typeof clusterId === 'string' && HEX_ID.test(clusterId) && members !== null;
	return isSound ? { clusterId, members } : { reason: 'its answer is not a list of members' };
}

/** Asks at one URL after the other. Of a leader, one row a member; empty if that member does not lead; null if there was no answer. */
export async function askProgress(
	urls: readonly string[],
	own: Introduction,
	timeoutMilliseconds: number,
): Promise<readonly MemberProgress[] | null> {
	for (const url of urls) {
		const answer = await askText(request(url, PROGRESS_PATH, introduce(own), { tls: own.tls, timeoutMilliseconds }));
		if (answer.ok) {
			return parseProgress(answer.body);
		}
	}
	return null;
}

/** Asks at one URL after the other until one takes it; whether that member leads, and hands over, is seen by who leads next. */
export async function askTransfer(urls: readonly string[], own: Introduction, timeoutMilliseconds: number): Promise<void> {
	for (const url of urls) {
		if ((await askText(request(url, TRANSFER_PATH, introduce(own), { tls: own.tls, timeoutMilliseconds }), 'POST')).ok) {
			return;
		}
	}
}

/** What the member tells of itself, as JSON; null: no answer, or it cannot say. Connections are kept, since dashboards ask once a second. */
export async function askState(
	connections: KeptConnections,
	urls: readonly string[],
	own: Introduction,
	timeoutMilliseconds: number,
): Promise<string | null> {
	for (const url of urls) {
		const answer = await connections.post(request(url, STATE_PATH, introduce(own), { tls: own.tls, timeoutMilliseconds }), '');
		if (answer.ok) {
			return answer.body === '' ? null : answer.body;
		}
	}
	return null;
}

export function introduce({ clusterId, selfId, to }: Omit<Introduction, 'tls'>): Readonly<Record<string, string>> {
	return { 'X-Etcd-Cluster-ID': clusterId, 'X-Server-From': selfId, 'X-Raft-To': to };
}

function request(
	url: string,
	path: string,
	headers: Readonly<Record<string, string>>,
	way: Pick<PeerRequest, 'tls' | 'timeoutMilliseconds'>,
): PeerRequest {
	return { url, path, headers, expected: {}, ...way };
}

/** Ids are numbers of 64 bits, which JSON.parse would round: they are made strings before it sees them. */
function parseMembers(body: string): readonly ToldMember[] | null {
	const rows = parseRows(body.replace(/"id":(\d{1,20})/g, '"id":"$1"'));
	const members = rows?.map((row) => {
		const { id, slot, name = '', peerURLs } = row;
		const isSound = typeof id === 'string' && /^\d{1,20}$/.test(id) && isSlot(slot) && typeof name === 'string' && isTexts(peerURLs);
		return isSound ? { id: BigInt(id).toString(16), slot, name, peerUrls: peerURLs } : null;
	});
	return members?.every((member) => member !== null) ? members : null;
}

function parseProgress(body: string): readonly MemberProgress[] | null {
	const members = parseRows(body)?.map(({ slot, match, isActive }) => {
		const isSound = isSlot(slot) && Number.isSafeInteger(match) && Number(match) >= 0 && typeof isActive === 'boolean';
		return isSound ? { slot: slot as Slot, match: match as Index, isActive } : null;
	});
	return members?.every((member) => member !== null) ? members : null;
}

function parseRows(body: string): readonly Readonly<Record<string, unknown>>[] | null {
	try {
		const value: unknown = JSON.parse(body);
		return Array.isArray(value) && value.every((row) => typeof row === 'object' && row !== null) ? value : null;
	} catch {
		return null;
	}
}

function isSlot(value: unknown): value is number {
	return Number.isInteger(value) && Number(value) > 0 && Number(value) <= SLOT_MAX;
}

function isTexts(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((text) => typeof text === 'string');
}
