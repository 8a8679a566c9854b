/**
 * Ends v2 nodes whose time is over, as etcd's leader does: it looks every half second, and only if something is over it proposes a command
 * with its own clock's time, which all members then go by. With no leader nothing ends. Used by store-upkeep.ts.
 */
import type { StoreEnvironment } from '../ports/store-environment.ts';
import { COMMAND_KIND } from '../protocol/command.ts';
import { firstDeadline } from '../v2/deadlines.ts';
import { encodeV2Sync, isMoreOver } from '../v2/expiry.ts';
import type { LeaderProposer } from './leader-commands.ts';

export interface V2ExpiryOptions {
	/** Between two looks. */
	readonly intervalTicks: number;
	/** Milliseconds since 1970: deadlines are of the clock on the wall, so that they hold across restarts and changes of leader. */
	readonly now: () => number;
}

export interface V2ExpiryPorts {
	readonly proposer: LeaderProposer;
	readonly environment: StoreEnvironment;
	/** False while a snapshot is being installed. */
	readonly mayRead: () => boolean;
}

export class V2Expiry {
	readonly #options: V2ExpiryOptions;
	readonly #ports: V2ExpiryPorts;
	#ticksLeft: number;
	#isUnderWay = false;

	constructor(options: V2ExpiryOptions, ports: V2ExpiryPorts) {
		this.#options = options;
		this.#ports = ports;
		this.#ticksLeft = options.intervalTicks;
	}

	tick(): void {
		this.#ticksLeft -= 1;
		const { proposer, environment, mayRead } = this.#ports;
		if (this.#ticksLeft > 0 || this.#isUnderWay || proposer.leadingTerm === null || !mayRead()) {
			return;
		}
		this.#ticksLeft = this.#options.intervalTicks;
		const first = environment.engine.read(firstDeadline);
		const cutoff = this.#options.now();
		if (first === null || first.at > cutoff) {
			return;
		}
		this.#isUnderWay = proposer.propose(COMMAND_KIND.v2_sync, encodeV2Sync(cutoff), (outcome) => {
			this.#isUnderWay = false;
			if (outcome.kind === 'settled' && isMoreOver(outcome.response)) {
				this.#ticksLeft = 0;
			}
		});
	}
}
