/** The shapes of the daemon that every client suite runs against (design section 7): one thread, a thread a role, the default, several lanes. */
import { flagsFromEnvironment } from '../support/flags-from-environment.ts';

export interface Configuration {
	readonly title: string;
	/** Without the dashes. */
	readonly flags: Readonly<Record<string, string>>;
}

const ALL: readonly Configuration[] = [
	{ title: 'one thread', flags: { placement: 'single' } },
	{ title: 'a thread a role', flags: { placement: 'own' } },
	{ title: 'default', flags: {} },
	{ title: 'four api lanes, two of watch', flags: { 'api-lanes': '4', 'watch-lanes': '2' } },
];

/** QUORATE_FLAGS is the one configuration to run instead. */
export function configurations(): readonly Configuration[] {
	const flags = flagsFromEnvironment();
	return flags === null ? ALL : [{ title: process.env['QUORATE_FLAGS'] || 'default', flags }];
}
