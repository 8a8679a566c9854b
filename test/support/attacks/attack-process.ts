/** The attacker's process, from the test's side. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './attacker.ts';
import type { Losses } from './swarm.ts';

const PROGRAM = fileURLToPath(new URL('./attacker.ts', import.meta.url));

export class AttackProcess {
	readonly #child: ChildProcess;

	static async start(): Promise<AttackProcess> {
		const child = fork(PROGRAM, [], { execArgv: ['--import', import.meta.resolve('tsx')], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
		await once(child, 'message');
		return new AttackProcess(child);
	}

	private constructor(child: ChildProcess) {
		this.#child = child;
	}

	attack(name: string, port: number): void {
		this.#order({ kind: 'attack', name, port });
	}

	async stop(): Promise<Losses> {
		const heard = once(this.#child, 'message') as Promise<[Report]>;
		this.#order({ kind: 'stop' });
		const [report] = await heard;
		if (report.kind !== 'stopped') {
			throw new Error('the attacker did not stop');
		}
		return report;
	}

	end(): void {
		this.#child.kill('SIGKILL');
	}

	#order(order: Order): void {
		this.#child.send(order);
	}
}
