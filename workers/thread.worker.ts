/** The one long task of an actor thread: Piscina calls it, and it returns when main says `end`. Each role's entry point is loaded where it is placed. */
import { runActorThread } from '../src/runtime/actor-thread.ts';
import type { ThreadTask } from '../src/runtime/control.ts';

export default function run(task: ThreadTask): Promise<void> {
	return runActorThread(task, {
		raft: async () => (await import('./raft.worker.ts')).open,
		log: async () => (await import('./log.worker.ts')).open,
		store: async () => (await import('./store.worker.ts')).open,
		peer: async () => (await import('./peer.worker.ts')).open,
		api: async () => (await import('./api.worker.ts')).open,
	});
}
