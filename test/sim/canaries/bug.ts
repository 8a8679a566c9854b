/** What is known of a planted bug. The bugs are planted.ts, planted-sessions.ts and planted-tuning.ts. */
import type { FocusName } from './focus.ts';

export interface Planted extends Bug {
	readonly file: string;
	readonly find: string;
	readonly replace: string;
}

/** A bug that a port of the simulator plays: ports.ts. */
export interface Played extends Bug {
	readonly port: 'checkpoint';
}

export interface Bug {
	readonly name: string;
	/** What is wrong, and where such a thing has happened. */
	readonly about: string;
	/** Must be caught within so many seeds from 1. */
	readonly seedsMax: number;
	/** One that catches it: for npm test. */
	readonly caughtBy: number;
	/** What npm test bends its plans to; null: nothing. */
	readonly focus: FocusName | null;
}
