/**
 * Runs that once failed, kept with their whole plans, so that a change in the drawing of plans does not lose them: regressions/NAME.json. Each
 * says what it caught. A plan that was kept before something new could be planned is completed with what was done then: nothing of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { drawPlan } from './draw-plan.ts';
import type { Plan } from './plan.ts';

export interface Regression {
	readonly name: string;
	/** What was wrong, in a sentence. */
	readonly caught: string;
	readonly plan: Plan;
}

const DIRECTORY = new URL('./regressions/', import.meta.url);
type Json = { readonly [key: string]: unknown };

export function regressionNames(): string[] {
	return readdirSync(DIRECTORY)
		.filter((file) => file.endsWith('.json'))
		.map((file) => file.slice(0, -'.json'.length))
		.sort();
}

export function regression(name: string): Regression {
	const { caught, plan } = JSON.parse(readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8')) as { readonly caught: string; readonly plan: Json };
	return { name, caught, plan: complete(drawPlan(1) as unknown as Json, plan) as unknown as Plan };
}

/** Numbers that are new are 0, switches are off, words are as they are drawn. */
function complete(shape: Json, kept: Json): Json {
	return Object.fromEntries(
		Object.entries(shape).map(([key, example]) => {
			const value = kept[key];
			if (typeof example === 'object') {
				return [key, complete(example as Json, (value ?? {}) as Json)];
			}
			return [key, value ?? (typeof example === 'number' ? 0 : typeof example === 'boolean' ? false : example)];
		}),
	);
}
