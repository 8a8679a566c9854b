/** What one member tells another of its store, for the leader's comparison (actors/corruption-watch.ts). */
export interface PeerHash {
	/** 0, or why it has no hash at the revision; then the rest says nothing. */
	readonly code: number;
	/** The entry that its store had applied. */
	readonly applied: number;
	readonly revision: number;
	readonly compactRevision: number;
	readonly hash: number;
}

/** The same, and who said so. */
export interface ToldHash extends PeerHash {
	/** Hex. */
	readonly id: string;
}
