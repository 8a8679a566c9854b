/** What the core starts from: what the log and the store of this member hold, already reconciled (log/reconcile.ts). */
import type { EntryId, LogSummary, Membership } from './state.ts';

export interface BootState {
	readonly log: LogSummary;
	/** The store's applied index and its term. */
	readonly applied: EntryId;
	/** As of applied; index 0 and nobody in it for an empty store. */
	readonly membership: Membership;
	/** An empty log of a new cluster: this membership command becomes entry 1 of term 1, committed at once; the same on every member. Else null. */
	readonly bootstrap: Uint8Array | null;
	/** The log must first be emptied and start after this point, where a snapshot was installed before a crash: `log` says what it holds then. Else null. */
	readonly resetTo: EntryId | null;
	/** The log holds the mark of an install that a crash has ended before the store switched: it is to be cleared. */
	readonly isMarkStale: boolean;
}
