/** What surrounds the processes of one simulated member: what process.ts asks of the world. */
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { LogFields, LogLevel } from '../../src/ports/logger.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Address } from '../../src/runtime/host.ts';
import type { Dice } from './dice.ts';
import type { Identity } from './foundation.ts';
import type { LogDisk } from './log-disk.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import type { StoreDisk } from './store-disk.ts';
import type { Timeline } from './timeline.ts';

export interface Habitat extends Identity {
	readonly urls: readonly string[];
	readonly plan: Plan;
	readonly dice: Dice;
	readonly timeline: Timeline;
	readonly network: Network;
	readonly log: LogDisk;
	readonly store: StoreDisk;
	/** Of this member's store; 0: it does not count. */
	readonly commitMicroseconds: number;
	/** Of this member's clock, either way. */
	readonly driftPercent: number;
	logged(level: LogLevel, message: string, fields: LogFields): void;
	failed(error: unknown, where: string): void;
	told(from: Address, to: string, message: AnyMessage): void;
	spoken(frame: Uint8Array): void;
	openedLog(found: LogContents): void;
	committed(engine: MemoryEngine): void;
	saving(image: MemoryEngine): MemoryEngine;
}
