/** A store actor with an engine in memory, an environment that the test drives, turns that run when it says so, and everything that was posted. */

import { StoreActor } from '../../../src/actors/store-actor.ts';
import { NO_UPKEEP } from '../../../src/actors/store-upkeep.ts';
import { ANONYMOUS } from '../../../src/auth/identity.ts';
import type { Index, RequestId, Slot, Term } from '../../../src/base/brand.ts';
import { toRequestId } from '../../../src/base/brand.ts';
import type { Engine } from '../../../src/base/engine.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { encodeBootstrap } from '../../../src/members/commands.ts';
import { appliedPoint } from '../../../src/mvcc/store-state.ts';
import type { LogFields, Logger } from '../../../src/ports/logger.ts';
import type { AppliedPoint, StoreEnvironment } from '../../../src/ports/store-environment.ts';
import { COMMAND_KIND, type Command, type CommandKind, encodeCommand } from '../../../src/protocol/command.ts';
import type { Applied, Apply, Settled } from '../../../src/protocol/messages.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import { ENTRY_KIND, type EntryKind } from '../../../src/raft/state.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { encodeCompact } from '../../../src/rpc/kv-codec.ts';
import { CountedSlice } from '../../support/counted-slice.ts';

export const SELF = 'a1';
export const CLUSTER = 'c0ffee';
export const BOOT = 0xb007;
export const SLOT = 2 as Slot;

export interface Posted {
	readonly to: string;
	readonly lane: number;
	readonly message: AnyMessage;
}

export class TestEnvironment implements StoreEnvironment {
	generation = 1;
	engine: Engine;
	checkpointed: AppliedPoint = { index: 0 as Index, term: 0 as Term };
	mustWait = false;
	sweepMustWait = false;
	used = 0;
	due = false;
	dropped = 0;
	readonly discarded: string[] = [];
	readonly checkpoints: { readonly point: AppliedPoint; readonly done: (point: AppliedPoint) => void }[] = [];
	readonly spools: { readonly point: AppliedPoint; readonly done: (path: string | null, point: AppliedPoint) => void }[] = [];
	readonly installs: { readonly path: string; readonly done: (ok: boolean) => void }[] = [];

	constructor(engine: Engine) {
		this.engine = engine;
	}

	usedBytes(): number {
		return this.used;
	}

	isCheckpointDue(): boolean {
		return this.due;
	}

	startCheckpoint(point: AppliedPoint, done: (point: AppliedPoint) => void): boolean {
		this.checkpoints.push({ point, done });
		return true;
	}

	checkpointNow(): void {}

	spool(point: AppliedPoint, done: (path: string | null, point: AppliedPoint) => void): void {
		this.spools.push({ point, done });
	}

	install(path: string, _point: AppliedPoint, done: (ok: boolean) => void): void {
		this.installs.push({ path, done });
	}

	dropOlderGenerations(): void {
		this.dropped++;
	}

	discardFile(path: string): void {
		this.discarded.push(path);
	}

	close(): void {}
}

export class StoreHarness {
	readonly engine: MemoryEngine;
	readonly environment: TestEnvironment;
	readonly posted: Posted[] = [];
	readonly steps: (() => void)[] = [];
	readonly logged: { readonly message: string; readonly fields: LogFields }[] = [];
	readonly actor: StoreActor;
	#next = 1;

	/** What the clock of its figures says next, seconds. */
	readonly clock: number[] = [];

	constructor(lanes = 2, engine = new MemoryEngine(STORE_TREE_NAMES)) {
		this.engine = engine;
		this.environment = new TestEnvironment(engine);
		const logger: Logger = { log: (_level, message, fields = {}) => this.logged.push({ message, fields }), isEnabled: () => true };
		const post = (to: string, message: AnyMessage, lane = 0): unknown => this.posted.push({ to, lane, message });
		const outbox = { post, postNow: post };
		const turn = { run: (work: () => void) => this.steps.push(work) };
		this.actor = new StoreActor(
			{ selfId: SELF, boot: BOOT, lanes, watchLanes: 1, tickMilliseconds: 100, electionTicks: 10, upkeep: NO_UPKEEP, slowApplyMilliseconds: 100 },
			{
				outbox: outbox as never,
				environment: this.environment,
				turn,
				slice: new CountedSlice(500),
				logger,
				clock: () => this.clock.shift() ?? 0,
			},
		);
	}

	/** A started store that has applied its founding members; nothing of that is in `posted`. */
	static founded(lanes = 2): StoreHarness {
		const harness = new StoreHarness(lanes);
		harness.actor.start();
		harness.apply([membersCommand()], ENTRY_KIND.membership);
		harness.actor.flush();
		harness.posted.length = 0;
		return harness;
	}

	/** A started store on what another has left, whose next entry is the one after. */
	static reopened(lanes: number, engine: MemoryEngine): StoreHarness {
		const harness = new StoreHarness(lanes, engine);
		harness.actor.start();
		harness.#next = engine.read(appliedPoint).index + 1;
		return harness;
	}

	/** Hands over entries, without a flush. */
	apply(payloads: readonly Uint8Array[], kind: EntryKind = ENTRY_KIND.command, term = 1): Apply {
		const first = this.#next as Index;
		this.#next += payloads.length;
		const message: Apply = { kind: 'apply', first, terms: payloads.map(() => term as Term), kinds: payloads.map(() => kind), payloads };
		this.actor.receive(message);
		return message;
	}

	/** Executes one command of nobody's in particular. */
	applyCommand(kind: CommandKind, body: Uint8Array): void {
		this.apply([command({ kind, body })]);
		this.actor.flush();
	}

	applyCompaction(revision: number): void {
		this.applyCommand(COMMAND_KIND.compact, encodeCompact(revision));
	}

	/** One turn of the actor's own steps and the flush behind it; false if there was nothing. */
	runStep(): boolean {
		const step = this.steps.shift();
		step?.();
		this.actor.flush();
		return step !== undefined;
	}

	all<K extends AnyMessage['kind']>(kind: K): Extract<AnyMessage, { readonly kind: K }>[] {
		return this.posted.map(({ message }) => message).filter((message): message is Extract<AnyMessage, { readonly kind: K }> => message.kind === kind);
	}

	settledOf(lane: number): Settled[] {
		return this.posted.flatMap((each) => (each.lane === lane && each.message.kind === 'settled' ? [each.message] : []));
	}

	lastApplied(): Applied | undefined {
		return this.all('applied').at(-1);
	}
}

export function membersCommand(): Uint8Array {
	const member = (slot: number, id: string) => ({
		slot: slot as Slot,
		id,
		name: '',
		peerUrls: [`http://127.0.0.1:${slot}`],
		clientUrls: [],
		learner: false,
	});
	const body = encodeBootstrap({ clusterId: CLUSTER, members: [member(1, 'b2'), member(2, SELF), member(3, 'd4')] });
	return command({ kind: COMMAND_KIND.bootstrap, body });
}

export function requestId(lane: number, counter: number): RequestId {
	return toRequestId(lane, counter);
}

export function command(changes: Partial<Command> & Pick<Command, 'kind' | 'body'>): Uint8Array {
	const origin = { slot: SLOT, boot: BOOT, requestId: requestId(0, 1) };
	return encodeCommand({ origin, term: 0 as Term, who: ANONYMOUS, ...changes });
}

export function putBody(key: string, value = 'v'): Uint8Array {
	const encoder = new TextEncoder();
	return pb.PutRequest.encode({ key: encoder.encode(key), value: encoder.encode(value) }).finish();
}

export function putCommand(key: string, id = requestId(0, 1), changes: Partial<Command> = {}): Uint8Array {
	return command({ kind: COMMAND_KIND.put, body: putBody(key), origin: { slot: SLOT, boot: BOOT, requestId: id }, ...changes });
}
