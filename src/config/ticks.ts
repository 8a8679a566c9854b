/** Times in ticks: a tick is a heartbeat interval. */
import type { Config } from './config.ts';

/** An election timeout. */
export function electionTicks({ electionMs, heartbeatMs }: Pick<Config, 'electionMs' | 'heartbeatMs'>): number {
	return Math.max(2, Math.ceil(electionMs / heartbeatMs));
}
