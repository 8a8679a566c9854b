/** A lane without raft: proposals are executed at once on an engine in memory, reads see it at once. For tests of the v2 front end alone. */

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { executeCommand } from '../../../../src/actors/command-execution.ts';
import { LaneV2Watches } from '../../../../src/actors/lane-v2-watches.ts';
import { NO_ALARMS } from '../../../../src/alarms/refusal.ts';
import { handleV2, type V2Options } from '../../../../src/api/v2/router.ts';
import { NO_AUTH } from '../../../../src/auth/auth-table.ts';
import { ANONYMOUS } from '../../../../src/auth/identity.ts';
import { toIndex, toSlot, toTerm } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { MemoryEngine } from '../../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../../src/base/store-trees.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { bootstrap, list } from '../../../../src/members/table.ts';
import { readStoreState } from '../../../../src/mvcc/store-state.ts';
import type { Lane, LeaderView } from '../../../../src/ports/lane.ts';
import { COMMAND_KIND } from '../../../../src/protocol/command.ts';
import { executeV2 } from '../../../../src/v2/execute.ts';
import { changesOver } from '../member-changes-port.ts';
import { fakeDoor } from './fake-door.ts';

export interface FakeLane extends Lane {
	leaderView: LeaderView;
	/** When not 0, every proposal and linearizable read is answered with this code of base/codes.ts. */
	refuseWith: number;
	readonly reader: MemoryEngine;
	readonly v2Watches: LaneV2Watches;
}

const ALONE: MemberRecord = {
	slot: toSlot(1),
	id: '8e9e05c52164694d',
	name: 'default',
	peerUrls: ['http://127.0.0.1:2380'],
	clientUrls: ['http://127.0.0.1:2379'],
	learner: false,
};

export function fakeLane(members: readonly MemberRecord[] = [ALONE]): FakeLane {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	engine.write((view) => bootstrap(view, { clusterId: 'cdf818194e3a8c32', members }, toIndex(1)));
	let index = 4;
	const v2Watches: LaneV2Watches = new LaneV2Watches({ read: (work) => engine.read(work), wake: () => setImmediate(() => v2Watches.flush()) });
	const lane: FakeLane = {
		v2Watches,
		reader: engine,
		leaderView: { role: 'leader', term: toTerm(2), leader: toSlot(1) },
		refuseWith: 0,
		selfSlot: toSlot(1),
		isServing: true,
		isLearner: false,
		get applied() {
			return toIndex(index);
		},
		proposePlain(kind, body, done) {
			lane.propose(kind, body, done);
		},
		propose(kind, body, done) {
			if (lane.refuseWith !== 0) {
				done(lane.refuseWith, new Uint8Array(0));
				return;
			}
			index++;
			const own = Uint8Array.from(body);
			if (kind !== COMMAND_KIND.v2) {
				const place = { index: toIndex(index), term: toTerm(2), ids: null, who: ANONYMOUS, auth: NO_AUTH, leaseChanges: [] };
				const executed = engine.write((view) => executeCommand({ view, state: readStoreState(view), alarms: NO_ALARMS, ...place }, kind, own));
				done(executed?.code ?? CODES.timeout.code, new Uint8Array(0));
				return;
			}
			const answer = engine.write((view) => executeV2(view, own, { index, term: 2 }));
			v2Watches.settled();
			setImmediate(() => v2Watches.flush());
			done(0, answer);
		},
		askLease(_id, _renew, done) {
			done(CODES.not_leader.code, 0, 0);
		},
		holdRevision() {
			throw new Error('the v2 front end reads no revisions');
		},
		awaitLinearizable(done) {
			done(lane.refuseWith);
		},
		inquireStatus() {
			throw new Error('the v2 front end asks for no status');
		},
		inquireProgress(done) {
			done(engine.read(list).map(({ slot }) => ({ slot, match: toIndex(index), isActive: true })));
		},
		whenLeaderless() {
			throw new Error('the v2 front end holds on to no leader');
		},
		get watches(): never {
			throw new Error('the v2 front end watches nothing here');
		},
		moveLeader() {
			throw new Error('the v2 front end moves no leader');
		},
	};
	return lane;
}

export interface Served {
	readonly url: string;
	close(): Promise<void>;
}

/** The front end on a port of its own, until closed. */
export function serveV2(lane: Lane, options: V2Options): Promise<Served> {
	const ports = { lane, changes: changesOver(lane), ...fakeDoor(lane) };
	return serve((request, response) => handleV2(request, response, ports, options));
}

export async function serve(handle: RequestListener): Promise<Served> {
	const server = createServer(handle);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
