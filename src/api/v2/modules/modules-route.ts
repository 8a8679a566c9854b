/**
 * /mod/v2/lock/<name>, /mod/v2/leader/<name>, and the same without v2: the modules of etcd 0.4, as clients of the lane. What is read is read at any
 * member; what is written on a follower goes where writes of keys go. Whoever calls needs rights on the whole directory of the lock's keys. Registered in
 * routes.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lane } from '../../../ports/lane.ts';
import type { HttpRoute } from '../../http/router.ts';
import type { V2Door } from '../auth/door.ts';
import { refuseKeys } from '../auth/refusals.ts';
import { readBody } from '../body.ts';
import { readClusterId } from '../cluster-view.ts';
import { parseForm } from '../form.ts';
import { locate } from '../location.ts';
import { sendKeyError, sendNotAllowed, sendNotFound } from '../reply.ts';
import type { WriteRouting } from '../write-routing.ts';
import { campaign, leaderName, resign } from './leader-calls.ts';
import { acquire, lookUp, release, renew } from './lock-calls.ts';
import { directoryOf } from './lock-line.ts';
import type { ModuleCall } from './module-call.ts';

type Verb = (call: ModuleCall) => void;

const MODULES: ReadonlyMap<string, ReadonlyMap<string, Verb>> = new Map([
	[
		'lock',
		new Map<string, Verb>([
			['GET', lookUp],
			['POST', acquire],
			['PUT', renew],
			['DELETE', release],
		]),
	],
	[
		'leader',
		new Map<string, Verb>([
			['GET', leaderName],
			['PUT', campaign],
			['DELETE', resign],
		]),
	],
]);

const PATH = /^\/mod\/(?:v2\/)?(lock|leader)\/(.*?)\/?$/s;
/** A name, a value and three numbers. */
const BODY_BYTES_MAX = 262_144;

export function modulesRoute(lane: Lane, door: V2Door, routing?: WriteRouting): HttpRoute {
	return { path: '/mod/', handle: (request, response) => handleModules(request, response, { lane, door, routing }) };
}

interface ModulePorts {
	readonly lane: Lane;
	readonly door: V2Door;
	readonly routing: WriteRouting | undefined;
}

function handleModules(request: IncomingMessage, response: ServerResponse, { lane, door, routing }: ModulePorts): void {
	const location = locate(request.url ?? '/');
	const [, module = '', name = ''] = (location.kind === 'path' ? PATH.exec(location.path) : null) ?? [];
	const verbs = MODULES.get(module);
	if (location.kind !== 'path' || verbs === undefined || name === '') {
		request.resume();
		sendNotFound(response);
		return;
	}
	const method = request.method ?? '';
	const verb = verbs.get(method);
	if (verb === undefined) {
		request.resume();
		sendNotAllowed(response, [...verbs.keys()]);
		return;
	}
	const clusterId = lane.reader.read(readClusterId);
	const answer = (body: string): void => {
		const form = parseForm({ method, contentType: request.headers['content-type'], body, query: location.query });
		if (form.error !== null) {
			sendKeyError(response, clusterId, { error: 'invalid_form', cause: form.error });
			return;
		}
		door.admit(request, response, { path: directoryOf(name), recursive: true, write: method !== 'GET' }, (admission) => {
			if (admission.ok) {
				verb({ request, response, lane, clusterId, routing, name, values: form.values, user: admission.user });
			} else {
				refuseKeys(response, clusterId, admission);
			}
		});
	};
	if (method === 'POST' || method === 'PUT') {
		readBody(request, BODY_BYTES_MAX, (body) => {
			if (body === null) {
				sendKeyError(response, clusterId, { error: 'invalid_form', cause: 'http: POST too large' });
			} else {
				answer(body);
			}
		});
	} else {
		request.resume();
		answer('');
	}
}
