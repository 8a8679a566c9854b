/** Changes of membership over a lane in memory: no other member answers, and the clock stands still. */
import { createHash } from 'node:crypto';
import { type MemberChangeOptions, MemberChanges } from '../../../src/api/members/member-changes.ts';
import type { Lane } from '../../../src/ports/lane.ts';

export const UNIX_SECONDS = 1_700_000_000;

export function changesOver(lane: Lane, options: Partial<MemberChangeOptions> = {}): MemberChanges {
	return new MemberChanges(
		{ strictReconfigCheck: true, maxLearners: 1, initialClusterToken: 'etcd-cluster', ...options },
		{
			lane,
			sha1: (bytes) => createHash('sha1').update(bytes).digest(),
			unixSeconds: () => UNIX_SECONDS,
			askPeer: (_member, done) => done(null),
			askToHandOver: () => {},
			later: (_milliseconds, work) => void setImmediate(work),
		},
	);
}
