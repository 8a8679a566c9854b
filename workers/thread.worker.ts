/**
 * The one long task of an actor thread: Piscina calls it, and it returns when main says `end`. Each role's entry point is loaded where it is placed.
 * Piscina requires this file. It imports the rest when it runs: tsx gives a required module a copy of its own, and then a FatalError of one
 * copy is no FatalError to the other.
 */
import type { ThreadTask } from '../src/runtime/control.ts';

export default async function run(task: ThreadTask): Promise<void> {
	if (task.config.enablePprof) {
		const { answerProfiles } = await import('../src/adapters/thread-profiler.ts');
		answerProfiles(task.actors.map(({ role, lane }) => `${role}/${lane}`));
	}
	const { runActorThread } = await import('../src/runtime/actor-thread.ts');
	return runActorThread(task, {
		raft: async () => (await import('./raft.worker.ts')).open,
		log: async () => (await import('./log.worker.ts')).open,
		store: async () => (await import('./store.worker.ts')).open,
		peer: async () => (await import('./peer.worker.ts')).open,
		watch: async () => (await import('./watch.worker.ts')).open,
		api: async () => (await import('./api.worker.ts')).open,
	});
}
