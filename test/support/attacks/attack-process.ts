/**
 * The attacker's process, from the test's side. It runs in the scheduler's idle class: real attackers bring processors of their own, so that this one may
 * only have what nobody else wants, and what others wait for is the member.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startIdle } from '../idle-process.ts';
import type { Order, Report } from './attacker.ts';
import type { Losses } from './swarm.ts';

const PROGRAM = fileURLToPath(new URL('./attacker.ts', import.meta.url));

export class AttackProcess {
	readonly #child: ChildProcess;

	static async start(): Promise<AttackProcess> {
		const child = startIdle(PROGRAM);
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
