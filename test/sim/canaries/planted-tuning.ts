/** The planted bugs of a cluster that tunes its times: planted.ts has the others, and says what they all are. */
import type { Planted } from './bug.ts';

export const PLANTED_TUNING: readonly Planted[] = [
	{
		name: 'tuning-below-the-round-trip',
		about: 'the leader lowers the election timeout whatever it has measured: each late word is an election',
		file: 'src/raft/tuner.ts',
		find: 'need = Math.max(need, late, vote, isFixed ? this.#default : 0);',
		replace: 'need = Math.max(need, isFixed ? this.#default : 0);',
		seedsMax: 600,
		caughtBy: 1,
		focus: 'tuning',
	},
	{
		name: 'tuning-of-a-snapshot-forgotten',
		about: 'a member that has installed a snapshot waits for the times of before it, and the others for new ones',
		file: 'src/actors/store-actor.ts',
		find: "outbox.post('raft', { kind: 'restored', index, term, membership });\n\t\t\tthis.#words.tuned();",
		replace: "outbox.post('raft', { kind: 'restored', index, term, membership });",
		seedsMax: 600,
		caughtBy: 1,
		focus: 'tuningSnapshots',
	},
];
