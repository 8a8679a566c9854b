/**
 * /debug/pprof/ of --enable-pprof (reference/etcd-surface.md 6.1): profiles of the member's threads, not in Go's format but in V8's. With access control
 * on it is for root, as all of /debug/ (api/access/rules.ts). How a profile is made is adapters/thread-profiler.ts.
 */
import { createReadStream, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { allowOnly, type HttpRoute, parametersOf, pathOf, sendText } from './router.ts';

export type AskedProfile = { readonly text: string } | { readonly file: string } | { readonly problem: string };

export interface ProfileQuestion {
	readonly thread: string;
	readonly kind: 'cpu' | 'heap';
	readonly seconds: number;
}

/** null: there is no such thread. */
export type AskProfile = (question: ProfileQuestion) => Promise<AskedProfile | null>;

const PATH = '/debug/pprof/';
const SECONDS_DEFAULT = 30;
const SECONDS_MAX = 300;
const INDEX = `Profiles of the threads of this member, one at a time:

  ${PATH}profile?thread=T&seconds=N   CPU, for N seconds (1 to ${SECONDS_MAX}, default ${SECONDS_DEFAULT}), as .cpuprofile
  ${PATH}heap?thread=T                heap, as .heapsnapshot; the thread stands still meanwhile

T is main, or an actor whose thread is meant: raft/0, log/0, store/0, peer/0, watch/0, api/0 (or api/1 ...).
Chrome's DevTools and VS Code read both. Go's other profiles have no like here.
`;

export function pprofRoute(ask: AskProfile): HttpRoute {
	return {
		path: PATH,
		handle: (request, response) => {
			if (!allowOnly('GET', request, response)) {
				return;
			}
			const url = request.url ?? PATH;
			const name = pathOf(url).slice(PATH.length);
			if (name === '') {
				sendText(response, 200, INDEX);
			} else if (name === 'profile' || name === 'heap') {
				tell(response, { name, parameters: parametersOf(url), ask });
			} else {
				sendText(response, 404, `there is no profile ${JSON.stringify(name)}\n\n${INDEX}`);
			}
		},
	};
}

interface Question {
	readonly name: 'profile' | 'heap';
	readonly parameters: URLSearchParams;
	readonly ask: AskProfile;
}

function tell(response: ServerResponse, { name, parameters, ask }: Question): void {
	const thread = parameters.get('thread') ?? 'main';
	const seconds = Number(parameters.get('seconds') ?? SECONDS_DEFAULT);
	if (!(seconds >= 1 && seconds <= SECONDS_MAX)) {
		sendText(response, 400, `seconds: must be from 1 to ${SECONDS_MAX}\n`);
		return;
	}
	void ask({ thread, kind: name === 'heap' ? 'heap' : 'cpu', seconds }).then((profile) => {
		const file = `${thread.replaceAll('/', '-').replace(/[^a-z0-9-]/g, '')}.${name === 'heap' ? 'heapsnapshot' : 'cpuprofile'}`;
		if (profile === null) {
			sendText(response, 404, `thread: ${JSON.stringify(thread)} is none of this member's\n\n${INDEX}`);
		} else if ('problem' in profile) {
			sendText(response, 503, `${profile.problem}\n`);
		} else {
			response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Disposition': `attachment; filename="${file}"` });
			send(response, profile);
		}
	});
}

function send(response: ServerResponse, profile: { readonly text: string } | { readonly file: string }): void {
	if ('text' in profile) {
		response.end(profile.text);
		return;
	}
	pipeline(createReadStream(profile.file), response, () => rmSync(profile.file, { force: true }));
}
