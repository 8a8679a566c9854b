/** What a validator is: it looks at a history and at what was persisted, and says what is wrong. One property a file. */
import type { History } from '../history.ts';
import type { Keyspace } from '../keyspace.ts';

export interface Evidence extends History {
	readonly keyspace: Keyspace;
	/** By revision: when the first watcher saw it. */
	readonly seenAt: ReadonlyMap<number, number>;
}

/** One line for each thing that is wrong; none is right. */
export type Validator = (evidence: Evidence) => readonly string[];
