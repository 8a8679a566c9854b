/**
 * What the peer port serves: upgrades to frame streams, snapshots, and the two pages that etcd's tools ask a peer for. The port may be reached
 * by strangers: everything is checked against the roster before a byte of a body is read. Used by peer-network.ts.
 */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Slot } from '../base/brand.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import type { Logger } from '../ports/logger.ts';
import type { PeerHash } from '../ports/peer-hashes.ts';
import { CHANNEL, type Channel } from '../protocol/messages.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import { HASH_PATH, readHashQuestion } from './hash-page.ts';
import { LEASES_PATH, readLeaseQuestion } from './lease-page.ts';
import { PEER_PROTOCOL } from './peer-link.ts';
import type { PeerRoster } from './peer-roster.ts';

export const STREAM_PATHS: Readonly<Record<Channel, string>> = {
	[CHANNEL.control]: '/raft/stream/control',
	[CHANNEL.bulk]: '/raft/stream/bulk',
};
export const SNAPSHOT_PATH = '/raft/snapshot';
/** A member asks whether this one leads, and how far the members are: for checks before a change of membership. */
export const PROGRESS_PATH = '/raft/progress';
/** A member asks what this one tells of itself on its dashboard: protocol/state-messages.ts. */
export const STATE_PATH = '/raft/state';
/** A member asks this one to hand its leadership over, since it is about to be removed. */
export const TRANSFER_PATH = '/raft/transfer';

export interface PeerServerPorts {
	readonly roster: PeerRoster;
	readonly logger: Logger;
	/** The version of etcd's API that this member speaks, such as 3.7.1. */
	readonly versionText: string;
	stream(from: Slot, channel: Channel, socket: Duplex, head: Uint8Array): void;
	progress(done: (progress: readonly MemberProgress[]) => void): void;
	transfer(from: Slot): void;
	/** JSON; empty: it cannot say. */
	state(done: (json: string) => void): void;
	hash(revision: number, done: (hash: PeerHash) => void): void;
	leases(question: LeaseQuestion, done: (answer: LeaseAnswer) => void): void;
	/** Answers the request itself. */
	snapshot(from: Slot, request: IncomingMessage, response: ServerResponse): void;
}

/** Serves on a bound server. Sockets that are refused are ended here; those of streams are the caller's. */
export function servePeers(server: Server, ports: PeerServerPorts): void {
	server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Uint8Array) => upgrade(ports, request, socket, head));
	server.on('request', (request: IncomingMessage, response: ServerResponse) => answer(ports, request, response));
	server.on('clientError', (_error, socket) => socket.destroy());
}

function upgrade(ports: PeerServerPorts, request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
	socket.on('error', () => {});
	const channel = channelOf(request);
	if (channel === null) {
		refuseUpgrade(ports, socket, 404, 'no such stream');
		return;
	}
	if (request.headers.upgrade !== PEER_PROTOCOL) {
		refuseUpgrade(ports, socket, 400, `this member speaks ${PEER_PROTOCOL}`);
		return;
	}
	const check = ports.roster.check(request.headers);
	if (!check.ok) {
		logRefusal(ports, request, check.reason);
		refuseUpgrade(ports, socket, check.status, check.reason);
		return;
	}
	const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${PEER_PROTOCOL}`, ...ownHeaderLines(ports)];
	socket.write(`${lines.join('\r\n')}\r\n\r\n`);
	ports.stream(check.from, channel, socket, head);
}

function channelOf(request: IncomingMessage): Channel | null {
	switch (request.url) {
		case STREAM_PATHS[CHANNEL.control]:
			return CHANNEL.control;
		case STREAM_PATHS[CHANNEL.bulk]:
			return CHANNEL.bulk;
		default:
			return null;
	}
}

function refuseUpgrade(ports: PeerServerPorts, socket: Duplex, status: number, reason: string): void {
	const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close', 'Content-Type: text/plain; charset=utf-8'];
	const lines = [...head, `Content-Length: ${Buffer.byteLength(reason) + 1}`, ...ownHeaderLines(ports)];
	socket.end(`${lines.join('\r\n')}\r\n\r\n${reason}\n`, () => socket.destroy());
}

type Ask = (ports: PeerServerPorts, from: Slot, request: IncomingMessage, response: ServerResponse) => void;

/** Hashing a large store takes minutes, in which the connection is silent. */
function answerHash(ports: PeerServerPorts, _from: Slot, request: IncomingMessage, response: ServerResponse): void {
	const revision = readHashQuestion(request);
	if (revision === null) {
		refuse(request, response, 400, 'not a question about hashes');
	} else {
		ports.hash(revision, (hash) => respondJson(response, JSON.stringify(hash)));
	}
}

/** What members alone may ask. */
const MEMBERS_ASK: ReadonlyMap<string, Ask> = new Map<string, Ask>([
	[`POST ${SNAPSHOT_PATH}`, (ports, from, request, response) => ports.snapshot(from, request, response)],
	[`GET ${PROGRESS_PATH}`, (ports, _from, _request, response) => ports.progress((progress) => respondJson(response, JSON.stringify(progress)))],
	[`GET ${HASH_PATH}`, answerHash],
	[
		`POST ${TRANSFER_PATH}`,
		(ports, from, _request, response) => {
			ports.transfer(from);
			respondJson(response, '{}');
		},
	],
	[`POST ${LEASES_PATH}`, (ports, _from, request, response) => void answerLeases(ports, request, response)],
	[`POST ${STATE_PATH}`, answerState],
]);

/** The connection is kept: a dashboard asks once a second. */
function answerState(ports: PeerServerPorts, _from: Slot, request: IncomingMessage, response: ServerResponse): void {
	request.resume();
	ports.state((json) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(json));
}

async function answerLeases(ports: PeerServerPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const question = await readLeaseQuestion(request);
	if (question === null) {
		refuse(request, response, 400, 'not a question about leases');
	} else {
		// The connection is kept: there may be many questions a second.
		ports.leases(question, (answer) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer)));
	}
}

function answer(ports: PeerServerPorts, request: IncomingMessage, response: ServerResponse): void {
	const { roster } = ports;
	if (roster.clusterId !== null) {
		response.setHeader('X-Etcd-Cluster-ID', roster.clusterId);
	}
	const ask = MEMBERS_ASK.get(`${request.method} ${request.url}`);
	if (ask !== undefined) {
		const check = roster.check(request.headers);
		if (check.ok) {
			ask(ports, check.from, request, response);
		} else {
			logRefusal(ports, request, check.reason);
			refuse(request, response, check.status, check.reason);
		}
		return;
	}
	if (request.method === 'GET' && request.url === '/version') {
		const cluster = ports.versionText.replace(/^(\d+\.\d+).*$/, '$1.0');
		respondJson(response, JSON.stringify({ etcdserver: ports.versionText, etcdcluster: cluster }));
		return;
	}
	if (request.method === 'GET' && request.url === '/members' && roster.clusterId !== null) {
		respondJson(response, membersJson(roster));
		return;
	}
	const isTooEarly = request.url === '/members' && request.method === 'GET';
	refuse(request, response, isTooEarly ? 503 : 404, isTooEarly ? 'this member does not know its cluster yet' : '404 page not found');
}

/** One line of text; what is left of the body is not read, so the connection ends. */
export function refuse(request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
	response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
	response.end(`${reason}\n`, () => request.destroy());
}

function respondJson(response: ServerResponse, json: string): void {
	response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' });
	response.end(`${json}\n`);
}

/** As etcd writes it, and the slot, which a member that joins has to know. Ids are numbers of 64 bits, which JSON.stringify cannot write. */
function membersJson(roster: PeerRoster): string {
	const rows = roster.members.map(({ id, ...rest }) => ({ id: BigInt(`0x${id}`), ...rest }));
	rows.sort((a, b) => (a.id < b.id ? -1 : 1));
	const texts = rows.map(({ id, urls, name, slot }) => {
		const named = name === '' ? '' : `,"name":${JSON.stringify(name)}`;
		return `{"id":${id},"peerURLs":${JSON.stringify(urls)}${named},"slot":${slot}}`;
	});
	return `[${texts.join(',')}]`;
}

function ownHeaderLines(ports: PeerServerPorts): string[] {
	const { clusterId, selfId } = ports.roster;
	const lines = [`X-Server-From: ${selfId}`, `X-Server-Version: ${ports.versionText}`];
	return clusterId === null ? lines : [...lines, `X-Etcd-Cluster-ID: ${clusterId}`];
}

function logRefusal(ports: PeerServerPorts, request: IncomingMessage, reason: string): void {
	const remote = request.socket.remoteAddress ?? '';
	ports.logger.log('warn', 'refused a peer', { remote, path: request.url ?? '', reason });
}
