/** A clock for figures alone: what an actor decides, it decides by ticks. In the simulator it stands still. */

/** Seconds, of no particular beginning; never backwards. */
export type Clock = () => number;

export const STANDING_CLOCK: Clock = () => 0;
