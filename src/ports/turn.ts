/** How an adapter's completion gets back into its actor: as a step of a turn, after which the actor flushes. */
export interface Turn {
	/** Soon, on the actor's thread, never inside another step. */
	run(work: () => void): void;
}
