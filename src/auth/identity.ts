/**
 * In whose name a request is made. A lane makes one of a caller's token or certificate; the envelope of a command carries it to every member, whose
 * store decides by it (check.ts). What may be done is not told here.
 */

export interface Identity {
	/** Empty: nobody has said who he is. */
	readonly user: string;
	/** Of the auth store, when the token was made (JWT), or when the request came; 0 with nobody. */
	readonly revision: number;
}

export const ANONYMOUS: Identity = { user: '', revision: 0 };

/**
 * The member itself: expiry, publication, alarms of its own, what a leader decides. It is known by the object and not by what is in it, so that no name
 * in a token or certificate can be it; in the envelope it is a byte that only this object sets (protocol/command.ts).
 */
export const THE_MEMBER: Identity = { user: '', revision: 0 };
