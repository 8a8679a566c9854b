/** All checkers of a run. Each property has a file of its own in checkers/. */
import type { Operation } from './history.ts';
import type { Plan } from './plan.ts';
import type { Witness } from './witness.ts';
import type { World } from './world.ts';

export class Checkers {
	readonly witnesses: readonly Witness[] = [];

	constructor(_plan: Plan) {}

	look(_world: World): void {}

	finish(_operations: readonly Operation[]): void {}

	counts(): Readonly<Record<string, number>> {
		return {};
	}
}
