/**
 * GET /new?size=N: makes a discovery token, as the classic service did, and answers with its URL as text (reference/etcd-surface.md 7.2). A token is a directory
 * of the v2 tree, /_etcd/registry/<token>, so all else that members ask of it is /v2/keys. It goes by itself after a week: it is of use only until the cluster
 * that it is for has started. Any member serves this; its proposals are forwarded like those of v3.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES, codeRow } from '../../base/codes.ts';
import { DISCOVERY_SIZE_MAX, DISCOVERY_TOKENS_MAX } from '../../base/limits.ts';
import type { Lane } from '../../ports/lane.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { childrenOf } from '../../v2/nodes.ts';
import { splitPath } from '../../v2/path.ts';
import { NODE_KIND } from '../../v2/record.ts';
import { encodeV2Request, V2_OPERATION, type V2Request } from '../../v2/request-codec.ts';
import { decodeV2Response } from '../../v2/response-codec.ts';
import { walk } from '../../v2/walk.ts';
import { type HttpRoute, parametersOf } from '../http/router.ts';
import type { V2Door } from './auth/door.ts';
import { refuseMessage } from './auth/refusals.ts';
import { readCluster, readClusterId } from './cluster-view.ts';
import { send, sendNotAllowed, sendText } from './reply.ts';
import { schemeOf } from './scheme.ts';

export interface DiscoveryServicePorts {
	readonly lane: Lane;
	readonly door: V2Door;
	/** 32 random hex digits. */
	readonly newToken: () => string;
}

const REGISTRY = '/_etcd/registry';
const SIZE_DEFAULT = '3';
const TOKEN_MILLISECONDS = 7 * 24 * 3_600_000;
/** host or host:port, as a client may have written it; nothing that could end a line or a path. */
const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:\d{1,5})?$/;
const LOOPBACK = /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/;
const encoder = new TextEncoder();

export function discoveryServiceRoute(ports: DiscoveryServicePorts): HttpRoute {
	return { path: '/new', handle: (request, response) => handleNew(request, response, ports) };
}

function handleNew(request: IncomingMessage, response: ServerResponse, ports: DiscoveryServicePorts): void {
	const { lane, door, newToken } = ports;
	request.resume();
	if (request.method !== 'GET') {
		sendNotAllowed(response, ['GET']);
		return;
	}
	const size = parametersOf(request.url ?? '/').get('size') ?? SIZE_DEFAULT;
	if (!/^[1-9]\d{0,5}$/.test(size) || Number(size) > DISCOVERY_SIZE_MAX) {
		sendText(response, 400, `size must be a number from 1 to ${DISCOVERY_SIZE_MAX}`);
		return;
	}
	if (countTokens(lane) >= DISCOVERY_TOKENS_MAX) {
		sendText(
			response,
			503,
			`there are ${DISCOVERY_TOKENS_MAX} tokens; each goes a week after it was made, or by DELETE /v2/keys${REGISTRY}/<token>?recursive=true`,
		);
		return;
	}
	const path = `${REGISTRY}/${newToken()}`;
	const access = { path: encoder.encode(path), recursive: true, write: true };
	door.admit(request, response, access, (admission) => {
		if (admission.ok) {
			makeToken({ request, response, lane, path, size, user: admission.user });
		} else {
			refuseMessage(request, response, lane.reader.read(readClusterId), admission);
		}
	});
}

interface NewToken {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly path: string;
	readonly size: string;
	readonly user: Uint8Array;
}

function makeToken({ request, response, lane, path, size, user }: NewToken): void {
	const now = Date.now();
	const token = { path, isDirectory: true, value: '', now, expiration: now + TOKEN_MILLISECONDS, user };
	const config = { path: `${path}/_config/size`, isDirectory: false, value: size, now, expiration: 0, user };
	create(lane, token, (problem) => {
		if (problem !== null) {
			sendText(response, 503, problem);
			return;
		}
		// Without its size a token is of no use to anybody, so nobody is told of one before it has it.
		create(lane, config, (later) => {
			if (later === null) {
				send(response, 200, { 'Content-Type': 'text/plain; charset=utf-8' }, `${baseUrl(request, lane)}/v2/keys${path}`);
			} else {
				sendText(response, 503, later);
			}
		});
	});
}

interface NewNode {
	readonly path: string;
	readonly isDirectory: boolean;
	readonly value: string;
	readonly now: number;
	readonly expiration: number;
	readonly user: Uint8Array;
}

/** done gets null, or what went wrong. */
function create(lane: Lane, node: NewNode, done: (problem: string | null) => void): void {
	lane.propose(COMMAND_KIND.v2, encodeV2Request(requestOf(node)), (code, answer) => {
		if (code !== CODES.ok.code) {
			done(codeRow(code)?.text ?? `etcdserver: error ${code}`);
		} else {
			const { status, body } = decodeV2Response(answer);
			done(status === 201 ? null : `the token was not made: ${new TextDecoder().decode(body).trim()}`);
		}
	});
}

function requestOf({ path, isDirectory, value, now, expiration, user }: NewNode): V2Request {
	return {
		operation: V2_OPERATION.create,
		path: encoder.encode(path),
		directory: isDirectory,
		recursive: false,
		value: encoder.encode(value),
		prevValue: new Uint8Array(0),
		prevIndex: 0n,
		quiet: false,
		refresh: false,
		now,
		expiration,
		user,
	};
}

/** Of those that there may be at most. */
function countTokens(lane: Lane): number {
	return lane.reader.read((view) => {
		const found = walk(view, splitPath(encoder.encode(REGISTRY)), 0);
		if (!found.ok || found.node.kind !== NODE_KIND.directory) {
			return 0;
		}
		const tokens = childrenOf(view, found.node);
		let count = 0;
		while (count < DISCOVERY_TOKENS_MAX && tokens.next().done !== true) {
			count += 1;
		}
		return count;
	});
}

/** As the members are to reach it: this member's client URL, unless that is one that only this machine knows; then what the caller has reached. */
function baseUrl(request: IncomingMessage, lane: Lane): string {
	const { members } = lane.reader.read(readCluster);
	const urls = members.find(({ slot }) => slot === lane.selfSlot)?.clientUrls ?? [];
	const scheme = schemeOf(request);
	const published = urls.filter((url) => url.startsWith(`${scheme}:`)).find((url) => !LOOPBACK.test(url));
	const { host = '' } = request.headers;
	const reached = HOST.test(host) ? `${scheme}://${host}` : urls[0];
	return (published ?? reached ?? '').replace(/\/+$/, '');
}
