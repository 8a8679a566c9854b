/** What an attack is: so many connections that say something at once, and then something again and again. Run by swarm.ts; the attacks are in the tables beside. */

export interface Attack {
	/** The threat of reliability.md 6.5. */
	readonly threat: string;
	readonly door: 'client' | 'peer' | 'tls';
	/** Held open at a time: what is cut off is opened again. */
	readonly connections: number;
	/** False: answers are left where they are. */
	readonly takesAnswers: boolean;
	/** Said at once. */
	hello(): Buffer;
	/** Said every so often; n counts on each connection from 0. Null: nothing more. */
	more(n: number): Buffer | null;
	readonly everyMs: number;
	/** Memory that it may cost the member; what is meant to be held at most, and what the runtime adds. */
	readonly growthMaxBytes: number;
}

export const NOTHING = Buffer.alloc(0);
const MEBIBYTE = 2 ** 20;

/** The usual: on the client port, answers are taken, and it costs next to nothing. */
export function attack(made: Pick<Attack, 'threat' | 'connections'> & Partial<Attack>): Attack {
	return { door: 'client', takesAnswers: true, hello: () => NOTHING, more: () => null, everyMs: 20, growthMaxBytes: 256 * MEBIBYTE, ...made };
}

export function repeat(count: number, make: (i: number) => Buffer): Buffer {
	return Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
}
