/** A broken promise of our own code: thrown, never caught, the whole process goes down. */
export class AssertionError extends Error {
	override readonly name = 'AssertionError';
}

/** Asserts one fact. The message is built only when the fact is false. */
export function assert(fact: boolean, message: string | (() => string)): asserts fact {
	if (!fact) {
		throw new AssertionError(typeof message === 'string' ? message : message());
	}
}

/** The value, or an assertion failure that says why it had to be there. */
export function must<T>(value: T | null | undefined, why: string): T {
	if (value === null || value === undefined) {
		throw new AssertionError(`missing: ${why}`);
	}
	return value;
}

/** Ends every switch over a union: a new case that is not handled does not compile. */
export function unreachable(value: never): never {
	throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
