/**
 * Clears NOSPACE once there is space again, which etcd leaves to a person: pages are used again here without a defragmentation, so that
 * deletes and compactions alone bring room. The alarm goes well below the quota and not at once, or it would come and go with
 * every few puts. Decided by the leader, by its own store. Raised by the lanes (api/grpc/quota-gate.ts). Used by store-upkeep.ts.
 */
import { ALARM, listAlarms } from '../alarms/table.ts';
import { idToHex } from '../base/bytes.ts';
import type { Logger } from '../ports/logger.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import { COMMAND_KIND } from '../protocol/command.ts';
import { encodeClear } from '../rpc/alarm-codec.ts';
import type { LeaderProposer } from './leader-commands.ts';

export interface QuotaWatchOptions {
	/** Negative: none. */
	readonly quotaBytes: number;
	/** Between two looks. */
	readonly lookTicks: number;
	/** What the disk still has for the store, a margin kept; null: it does not say. */
	readonly roomBytes: () => number | null;
}

export interface QuotaWatchPorts {
	readonly proposer: LeaderProposer;
	readonly environment: StoreEnvironment;
	readonly logger: Logger;
}

/** Used pages, of the quota, at which the alarm goes. */
const CLEARED_BELOW = 0.9;
/** Room on the disk from which on it goes. */
const CLEARED_FROM_ROOM_BYTES = 16 * 2 ** 20;
/** Looks at which there was room, in a row, before it goes. */
const LOOKS = 3;

export class QuotaWatch {
	readonly #options: QuotaWatchOptions;
	readonly #ports: QuotaWatchPorts;
	#ticks = 0;
	#looksWithRoom = 0;

	constructor(options: QuotaWatchOptions, ports: QuotaWatchPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	tick(): void {
		this.#ticks += 1;
		if (this.#ticks % this.#options.lookTicks !== 0) {
			return;
		}
		const { proposer, environment, logger } = this.#ports;
		const alarms = proposer.leadingTerm === null ? [] : environment.engine.read(listAlarms).filter(({ kind }) => kind === ALARM.noSpace);
		const usedBytes = alarms.length === 0 ? 0 : environment.usedBytes();
		this.#looksWithRoom = alarms.length > 0 && this.#hasRoom(usedBytes) ? this.#looksWithRoom + 1 : 0;
		if (this.#looksWithRoom < LOOKS) {
			return;
		}
		this.#looksWithRoom = 0;
		for (const alarm of alarms) {
			logger.log('info', 'there is space again; clearing the alarm', { alarm: 'NOSPACE', 'member-id': idToHex(alarm.memberId), usedBytes });
			// Whatever comes of it is seen at the next look.
			proposer.propose(COMMAND_KIND.alarm, encodeClear(alarm), () => {});
		}
	}

	#hasRoom(usedBytes: number): boolean {
		const { quotaBytes, roomBytes } = this.#options;
		return (quotaBytes < 0 || usedBytes < CLEARED_BELOW * quotaBytes) && (roomBytes() ?? CLEARED_FROM_ROOM_BYTES) >= CLEARED_FROM_ROOM_BYTES;
	}
}
