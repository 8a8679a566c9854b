/** How much of what is measured an election timeout has to hold. Used by raft/tuner.ts while a cluster runs, and by cli/latency-verdict.ts before there is one. */

export const TRIPS_AN_ELECTION = 4;
export const FLUSHES_AN_ELECTION = 2;
/** On top of what is needed. */
export const ELECTION_MARGIN = 1.25;
/** Ten heartbeats to an election timeout: of so many in a row none arrives only where nothing does. */
export const HEARTBEATS_AN_ELECTION = 10;
