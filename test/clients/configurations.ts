/** The shapes of the daemon that every client suite runs against (design section 7): the default, a thread a role, groups of roles, several lanes. */
import { availableParallelism } from 'node:os';
import { flagsFromEnvironment } from '../support/flags-from-environment.ts';

export interface Configuration {
	readonly title: string;
	/** Without the dashes. */
	readonly flags: Readonly<Record<string, string>>;
}

/** The default is one thread on two or three cores, and a thread a role on four or more: there the one thread has its own row. */
const ALL: readonly Configuration[] = [
	{ title: 'default', flags: {} },
	{ title: 'a thread a role', flags: { placement: 'own' } },
	{ title: 'roles in groups', flags: { placement: 'raft+log+peer,store,watch+api' } },
	{ title: 'four api lanes, two of watch', flags: { 'api-lanes': '4', 'watch-lanes': '2' } },
	...(availableParallelism() >= 4 ? [{ title: 'one thread', flags: { placement: 'single' } }] : []),
];

/** QUORATE_FLAGS is the one configuration to run instead. */
export function configurations(): readonly Configuration[] {
	const flags = flagsFromEnvironment();
	return flags === null ? ALL : [{ title: process.env['QUORATE_FLAGS'] || 'default', flags }];
}
