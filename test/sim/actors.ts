/**
 * Opens each actor of a simulated process, as workers/*.worker.ts do for a real one: the same classes on other ports. One function a role; a role
 * that is new to the product does not compile until it has one here.
 */
import { crc32 } from 'node:zlib';
import type { Outbox, UrgentOutbox } from '../../src/actors/actor.ts';
import { ApiActor } from '../../src/actors/api-actor.ts';
import { LogActor } from '../../src/actors/log-actor.ts';
import { PeerActor } from '../../src/actors/peer-actor.ts';
import { RaftActor } from '../../src/actors/raft-actor.ts';
import { StoreActor } from '../../src/actors/store-actor.ts';
import { NO_UPKEEP } from '../../src/actors/store-upkeep.ts';
import { WatchActor } from '../../src/actors/watch-actor.ts';
import { hexToId } from '../../src/base/bytes.ts';
import { INFLIGHT_BYTES_MAX } from '../../src/base/limits.ts';
import { raftTicks, TUNING_TICK_MILLISECONDS } from '../../src/config/ticks.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import type { AskLeader } from '../../src/ports/leader-leases.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Role } from '../../src/protocol/routes.ts';
import type { RaftConfig } from '../../src/raft/config.ts';
import { makeHeaderIds } from '../../src/rpc/response-header.ts';
import type { AnyActor } from '../../src/runtime/host.ts';
import { CountedSlice } from '../support/counted-slice.ts';
import type { Dice } from './dice.ts';
import { CLUSTER_ID, foundation } from './foundation.ts';
import type { Habitat } from './habitat.ts';
import type { SimLinks } from './links.ts';
import type { Plan } from './plan.ts';
import type { Seat } from './seat.ts';
import { SimStoreEnvironment } from './store-environment.ts';

/** What the actors of one process share, filled in the order in which they open. */
export interface Surroundings {
	readonly habitat: Habitat;
	readonly dice: Dice;
	readonly logger: Logger;
	readonly links: SimLinks;
	/** 48 random bits of the process. */
	readonly boot: number;
	isUp(): boolean;
	log: JournalLogStore | null;
	store: SimStoreEnvironment | null;
}

type Open = (around: Surroundings, seat: Seat) => AnyActor;

/** As runtime/supervisor.ts. */
export const OPEN_ORDER: readonly Role[] = ['log', 'store', 'watch', 'peer', 'raft', 'api'];
export const HEARTBEAT_MILLISECONDS = 100;
const TUNING_TICK_SECONDS = TUNING_TICK_MILLISECONDS / 1_000;
const LANE_REQUESTS_MAX = 64;
const LANE_BYTES_MAX = 2 ** 20;
const APPLY_INFLIGHT_FACTOR = 4;
const SWEEP_RECORDS = 7;
const SWEEP_SLICE_RECORDS = 32;
export const WATCH_LANES = 1;
/** Small, so that responses are cut. */
const FRAGMENT_BYTES = 400;
const NOTHING = (): void => {};

export const OPEN: { readonly [R in Role]: Open } = {
	log: openLog,
	store: openStore,
	watch: openWatch,
	peer: ({ links, logger }, seat) => new PeerActor({ outbox: seat.outbox as Outbox<'peer'>, links, logger }),
	raft: openRaft,
	api: openLane,
};

function openLog(around: Surroundings, seat: Seat): LogActor {
	const { habitat, dice, logger } = around;
	const { engine, files } = habitat.log.open(seat);
	const ports = { files, engineLog: new EngineLogStore(engine, crc32), checksum: crc32 };
	const store = new JournalLogStore({ ...habitat.plan.journal, salt: dice.below(2 ** 31) }, ports);
	habitat.log.watch(() => store.contents());
	around.log = store;
	seat.afterTurn = () => store.keepUp();
	habitat.openedLog(store.contents());
	return new LogActor({ sweepRecordsMax: SWEEP_RECORDS }, { outbox: seat.outbox as Outbox<'log'>, store, logger });
}

function openStore(around: Surroundings, seat: Seat): StoreActor {
	const { habitat, dice, boot, logger } = around;
	const contents = around.log?.contents();
	const isLogEmpty = contents?.last === 0 && contents.hardState.term === 0;
	const environment = new SimStoreEnvironment(
		{
			plan: habitat.plan,
			timeline: habitat.timeline,
			dice,
			disk: habitat.store,
			seat,
			isUp: around.isUp,
			isHealed: () => habitat.log.isHealed,
			commitMicroseconds: habitat.commitMicroseconds,
			committed: (engine) => habitat.committed(engine),
			saving: (image) => habitat.saving(image),
		},
		isLogEmpty,
	);
	around.store = environment;
	const options = {
		selfId: habitat.id,
		boot,
		lanes: habitat.plan.lanes,
		watchLanes: WATCH_LANES,
		tickMilliseconds: HEARTBEAT_MILLISECONDS,
		electionTicks: habitat.plan.electionTicks,
		upkeep: NO_UPKEEP,
	};
	return new StoreActor(options, {
		outbox: seat.outbox as UrgentOutbox<'store'>,
		environment,
		turn: seat,
		slice: new CountedSlice(SWEEP_SLICE_RECORDS),
		logger,
	});
}

function openWatch({ habitat, store }: Surroundings, seat: Seat): WatchActor {
	const environment = opened(store);
	const options = {
		ids: makeHeaderIds(hexToId(CLUSTER_ID), hexToId(habitat.id)),
		generation: environment.generation,
		progressTicks: ticksOf(1_000),
		fragmentBytes: FRAGMENT_BYTES,
		sliceRecords: SWEEP_SLICE_RECORDS,
	};
	return new WatchActor(options, { outbox: seat.outbox as Outbox<'watch'>, readers: environment, turn: seat });
}

function openRaft({ habitat, dice, logger, boot }: Surroundings, seat: Seat): RaftActor {
	const { slot, plan } = habitat;
	return new RaftActor(
		{
			config: {
				self: slot,
				...raftTimes(plan),
				initialTickAdvance: plan.initialTickAdvance,
				preVote: plan.preVote,
				checkQuorum: plan.checkQuorum,
				snapshotCount: plan.snapshotCount,
				catchUpEntries: plan.catchUpEntries,
				appendBytesMax: plan.appendBytesMax,
				inflightAppendsMax: plan.inflightAppendsMax,
				inflightBytesMax: INFLIGHT_BYTES_MAX,
				uncommittedBytesMax: plan.uncommittedBytesMax,
				applyBytesMax: plan.applyBytesMax,
				applyInflightBytesMax: plan.applyBytesMax * APPLY_INFLIGHT_FACTOR,
				tailBytesMax: plan.tailBytesMax,
				boot,
			},
			bootstrap: habitat.isFounder ? foundation(plan) : null,
			lanes: plan.lanes,
			watchLanes: WATCH_LANES,
			tickSeconds: plan.tunes ? TUNING_TICK_SECONDS : 10 * TUNING_TICK_SECONDS,
		},
		{ outbox: seat.outbox as Outbox<'raft'>, random: dice.fork(), logger },
	);
}

/** As src/config/ticks.ts, whose bounds of milliseconds are these ticks of ten. */
function raftTimes({ electionTicks, tunes }: Plan): Pick<RaftConfig, 'electionTicks' | 'heartbeatTicks' | 'tuning'> {
	const { tuning, ...times } = raftTicks({ heartbeatMs: HEARTBEAT_MILLISECONDS, electionMs: electionTicks * HEARTBEAT_MILLISECONDS, tunes });
	return { electionTicks: times.electionTicks, heartbeatTicks: times.heartbeatTicks, ...(tuning === null ? {} : { tuning }) };
}

function openLane({ habitat, boot, store, logger, links }: Surroundings, seat: Seat): ApiActor {
	const { id, slot, plan, urls } = habitat;
	const environment = opened(store);
	const { lane } = seat.address;
	return new ApiActor(
		{
			lane,
			boot,
			selfSlot: slot,
			generation: environment.generation,
			requestTicks: ticksOf(5_000) + 2 * plan.electionTicks,
			readRepeatTicks: ticksOf(500),
			drainTicks: ticksOf(1_500),
			leaderlessTicks: 3 * plan.electionTicks,
			watchLane: 0,
			requestsMax: LANE_REQUESTS_MAX,
			bytesMax: LANE_BYTES_MAX,
			publication: lane === 0 ? { id, name: `member-${slot}`, clientUrls: urls.map((url) => url.replace(/\d+$/, '2379')) } : null,
		},
		{ outbox: seat.outbox as Outbox<'api'>, turn: seat, readers: environment, logger, announceServing: NOTHING, askLeader: askOver(links, seat) },
	);
}

/** Over the network, once the turn is over, as adapters/lease-questions.ts. */
function askOver(links: SimLinks, seat: Seat): AskLeader {
	return ({ id, slot, peerUrls, name }, question, done) =>
		seat.whenReleased(() => links.askLeases({ id, slot, urls: peerUrls, name }, question, (answer) => seat.run(() => done(answer))));
}

function ticksOf(milliseconds: number): number {
	return Math.max(1, Math.ceil(milliseconds / HEARTBEAT_MILLISECONDS));
}

function opened(store: SimStoreEnvironment | null): SimStoreEnvironment {
	if (store === null) {
		throw new Error('the store opens before who reads it');
	}
	return store;
}
