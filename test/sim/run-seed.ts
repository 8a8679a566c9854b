/** Runs one seed from its plan to its verdict. */
import { FatalError } from '../../src/base/fatal.ts';
import type { Canary } from './canaries/canary.ts';
import { Checkers } from './checkers.ts';
import { drawPlan } from './draw-plan.ts';
import type { Plan } from './plan.ts';
import { EXIT, type ExitCode, Violation } from './verdict.ts';
import { World } from './world.ts';

export interface SeedResult {
	readonly seed: number;
	readonly code: ExitCode;
	/** Empty when it passed. */
	readonly reason: string;
	readonly stack: string;
	/** Of everything that was said. */
	readonly digest: string;
	/** By kind: what was injected, changed and checked. */
	readonly counts: Counts;
	/** Of the CPU. */
	readonly milliseconds: number;
}

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface SeedOptions {
	readonly canary?: Canary | null;
	readonly trace?: ((line: string) => void) | null;
	readonly plan?: Plan;
}

export function runSeed(seed: number, options: SeedOptions = {}): SeedResult {
	const began = process.cpuUsage();
	const plan = options.plan ?? drawPlan(seed);
	const checkers = new Checkers();
	const world = new World({
		plan,
		witnesses: checkers.witnesses,
		facts: checkers.facts,
		canary: options.canary ?? null,
		trace: options.trace ?? null,
	});
	checkers.look(world);
	let outcome: { readonly code: ExitCode; readonly reason: string; readonly stack: string } = { code: EXIT.pass, reason: '', stack: '' };
	try {
		world.storm();
		const missing = world.calm();
		if (world.trouble !== null) {
			outcome = judge(world.trouble.error, world.trouble.where);
		} else if (missing !== null) {
			outcome = { code: EXIT.noLiveness, reason: missing, stack: '' };
		} else {
			checkers.finish(world);
		}
	} catch (error) {
		outcome = judge(error, 'the end');
	}
	const counts = {
		...world.counts,
		sessions: world.sessions.counts,
		checked: { ...checkers.counts(), operations: world.operations.length },
	} as unknown as Counts;
	const { user, system } = process.cpuUsage(began);
	return { seed, ...outcome, digest: world.digest(), counts, milliseconds: Math.round((user + system) / 1_000) };
}

function judge(error: unknown, where: string): { readonly code: ExitCode; readonly reason: string; readonly stack: string } {
	const stack = error instanceof Error ? (error.stack ?? '') : '';
	if (error instanceof Violation) {
		return { code: EXIT.wrong, reason: `${error.message} (${where})`, stack };
	}
	const words = error instanceof FatalError ? `${error.reason}: ${error.message}` : String(error);
	return { code: EXIT.crashed, reason: `${words} (${where})`, stack };
}
