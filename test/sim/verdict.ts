/** What can come of a run, and how a checker says that the system was wrong. Exit codes are those of reference/aesthetics.md E5. */
export const EXIT = { pass: 0, crashed: 10, noLiveness: 11, wrong: 12 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The system did what it must never do. */
export class Violation extends Error {
	override readonly name = 'Violation';
	readonly property: string;

	constructor(property: string, message: string) {
		super(`${property}: ${message}`);
		this.property = property;
	}
}

export function demand(fact: boolean, property: string, message: () => string): asserts fact {
	if (!fact) {
		throw new Violation(property, message());
	}
}
