/**
 * How far the log may forget: behind the store's durable checkpoint, less what slow followers are likely to want; and not before there are
 * snapshotCount entries to forget at once. So the log holds from catchUpEntries to catchUpEntries + snapshotCount applied entries, as etcd's does.
 */
import type { Index } from '../base/brand.ts';
import { SNAPSHOT_HOLD_ENTRIES_MAX } from '../base/limits.ts';
import type { Progress } from './progress.ts';
import type { Replica } from './replica.ts';

export function onCheckpointed(replica: Replica, index: Index): void {
	const { log, config, state, draft, ledger } = replica;
	let upTo = Math.min(index, log.applied) - config.catchUpEntries;
	if (state.role === 'leader') {
		const floor = upTo - SNAPSHOT_HOLD_ENTRIES_MAX;
		for (const progress of state.progress.values()) {
			if (progress.isActive(state.now, replica.timing.electionTicks)) {
				upTo = Math.min(upTo, Math.max(floor, wantedAfter(progress)));
			}
		}
	}
	upTo = Math.min(upTo, ledger.commitTold);
	if (upTo - log.before.index >= config.snapshotCount) {
		log.compactTo(upTo as Index);
		draft.compact = upTo as Index;
	}
}

/**
 * A member that answers keeps what it still lacks, within a bound. Else one that has just installed a snapshot would find the entries after it
 * gone, and need the next one, for as long as writes come faster than snapshots. A silent member holds nothing back.
 */
function wantedAfter(progress: Progress): Index {
	return progress.state.mode === 'snapshot' ? progress.state.keepFrom : progress.match;
}
