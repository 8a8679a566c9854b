/**
 * Profiles of threads, for --enable-pprof: every thread answers for itself on a channel of the process (answerProfiles), and a lane asks (askProfile).
 * CPU profiles are .cpuprofile, heaps .heapsnapshot, as Chrome's DevTools and VS Code read them. Not what is served: api/http/pprof-route.ts.
 */
import { randomUUID } from 'node:crypto';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { BroadcastChannel } from 'node:worker_threads';

export interface ProfileRequest {
	/** An actor in the thread, as raft/0, or main. */
	readonly thread: string;
	readonly kind: 'cpu' | 'heap';
	/** Of a CPU profile. */
	readonly seconds: number;
}

/** text: of a CPU profile; file: of a heap, for the asker to remove. */
export type Profile = { readonly text: string } | { readonly file: string } | { readonly problem: string };

type Message =
	| { readonly id: string; readonly asks: ProfileRequest }
	| { readonly id: string; readonly accepted: true }
	| { readonly id: string; readonly profile: Profile };

const CHANNEL = 'quorate-profiles';
const ACCEPT_MILLISECONDS = 2_000;
const MILLISECONDS_A_SECOND = 1_000;

/** names: of this thread's actors. Nothing is profiled until somebody asks, and one profile at a time. No thread lives on for it. */
export function answerProfiles(names: readonly string[]): void {
	const channel = new BroadcastChannel(CHANNEL);
	let isBusy = false;
	channel.onmessage = ({ data }: { readonly data?: unknown }) => {
		const message = data as Message;
		if (!('asks' in message) || !names.includes(message.asks.thread)) {
			return;
		}
		const { id, asks } = message;
		const answer = (profile: Profile): void => {
			isBusy = false;
			channel.postMessage({ id, profile } satisfies Message);
		};
		channel.postMessage({ id, accepted: true } satisfies Message);
		if (isBusy) {
			channel.postMessage({ id, profile: { problem: 'a profile of this thread is being made' } } satisfies Message);
			return;
		}
		isBusy = true;
		makeProfile(asks).then(answer, (error: unknown) => answer({ problem: String(error) }));
	};
	channel.unref();
}

/** null: no thread has such an actor. */
export function askProfile(asks: ProfileRequest): Promise<Profile | null> {
	const channel = new BroadcastChannel(CHANNEL);
	const id = randomUUID();
	return new Promise((resolve) => {
		const end = (profile: Profile | null): void => {
			clearTimeout(nobody);
			channel.close();
			resolve(profile);
		};
		const nobody = setTimeout(() => end(null), ACCEPT_MILLISECONDS);
		channel.onmessage = ({ data }: { readonly data?: unknown }) => {
			const message = data as Message;
			if (message.id === id && 'accepted' in message) {
				clearTimeout(nobody);
			} else if (message.id === id && 'profile' in message) {
				end(message.profile);
			}
		};
		channel.unref();
		channel.postMessage({ id, asks } satisfies Message);
	});
}

async function makeProfile({ kind, seconds }: ProfileRequest): Promise<Profile> {
	if (kind === 'heap') {
		// Through a file: a heap is larger than a string may be.
		return { file: writeHeapSnapshot(join(tmpdir(), `quorate-${process.pid}-${randomUUID()}.heapsnapshot`)) };
	}
	const session = new Session();
	session.connect();
	try {
		await session.post('Profiler.enable');
		await session.post('Profiler.start');
		await pause(seconds * MILLISECONDS_A_SECOND, undefined, { ref: false });
		const { profile } = await session.post('Profiler.stop');
		return { text: JSON.stringify(profile) };
	} finally {
		session.disconnect();
	}
}
