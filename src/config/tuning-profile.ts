/** What --tuning stands for: fixed pairs of heartbeat interval and election timeout, or times that the cluster gives itself. Used by check.ts and cli/check-latency.ts. */

export const TUNINGS = ['off', 'lan', 'wan', 'cloud', 'auto'] as const;
export type Tuning = (typeof TUNINGS)[number];

export interface ProfileTimes {
	readonly heartbeatMs: number;
	readonly electionMs: number;
}

/** The election timeout is at least ten round trips of what such links usually have; in a cloud, whose machines stall, it is for the stalls. */
export const PROFILES: Readonly<Record<'lan' | 'wan' | 'cloud', ProfileTimes>> = {
	lan: { heartbeatMs: 50, electionMs: 500 },
	cloud: { heartbeatMs: 150, electionMs: 1_500 },
	wan: { heartbeatMs: 300, electionMs: 3_000 },
};

export function profileOf(tuning: Tuning): ProfileTimes | null {
	return tuning === 'lan' || tuning === 'wan' || tuning === 'cloud' ? PROFILES[tuning] : null;
}

/** The option that was given a value beside the profile's, and why that cannot be; null: they agree. */
export function contradiction(
	tuning: Tuning,
	{
		heartbeatMs,
		electionMs,
		isHeartbeatGiven,
		isElectionGiven,
	}: ProfileTimes & { readonly isHeartbeatGiven: boolean; readonly isElectionGiven: boolean },
): { readonly option: 'heartbeat-interval' | 'election-timeout'; readonly rule: string } | null {
	const profile = profileOf(tuning);
	if (profile === null) {
		return null;
	}
	if (isHeartbeatGiven && heartbeatMs !== profile.heartbeatMs) {
		return { option: 'heartbeat-interval', rule: `contradicts --tuning: ${tuning}, which is ${profile.heartbeatMs}` };
	}
	if (isElectionGiven && electionMs !== profile.electionMs) {
		return { option: 'election-timeout', rule: `contradicts --tuning: ${tuning}, which is ${profile.electionMs}` };
	}
	return null;
}
