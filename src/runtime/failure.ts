/** From whatever was thrown to the reason, the line and the exit code that a person gets. */
import { AssertionError } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import type { Failure } from './control.ts';

export function toFailure(error: unknown): Failure {
	if (error instanceof FatalError) {
		return { reason: error.reason, message: error.message, stack: error.stack ?? '' };
	}
	if (error instanceof AssertionError) {
		return { reason: 'assertion', message: error.message, stack: error.stack ?? '' };
	}
	if (error instanceof Error) {
		return { reason: 'unhandled', message: `${error.name}: ${error.message}`, stack: error.stack ?? '' };
	}
	return { reason: 'unhandled', message: String(error), stack: '' };
}
