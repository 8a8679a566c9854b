/** All that one lane serves of the dashboard on the client port: a row each for the table of routes. Called by workers/api.worker.ts. */
import type { HttpRoute } from '../http/router.ts';
import { type ClusterStatePorts, ClusterStates } from './cluster-states.ts';
import { eventStreams } from './events-route.ts';
import { keyRoutes } from './keys-route.ts';
import { OwnState, type OwnStateOptions, type OwnStatePorts } from './member-state.ts';
import { type PageFile, pageRoutes } from './page-route.ts';

export interface DashboardOptions extends OwnStateOptions {
	readonly writes: boolean;
	readonly maxRequestBytes: number;
}

export interface DashboardPorts extends OwnStatePorts {
	readonly ask: ClusterStatePorts['ask'];
	readonly files: ReadonlyMap<string, PageFile>;
}

export interface Dashboard {
	readonly routes: readonly HttpRoute[];
	/** For another member's dashboard: JSON, empty where it cannot be said. */
	describe(done: (json: string) => void): void;
	close(): void;
}

export function openDashboard(options: DashboardOptions, ports: DashboardPorts): Dashboard {
	const own = new OwnState(options, ports);
	const { memberId, writes } = options;
	const states = new ClusterStates({ lane: ports.lane, own, ask: ports.ask, memberId, writes });
	const streams = eventStreams(states, ports.lane);
	return {
		routes: [streams.route, ...keyRoutes(ports.lane, options), ...pageRoutes(ports.files)],
		describe: (done) => {
			void own.tell().then((state) => done(state === null ? '' : JSON.stringify(state)));
		},
		close: () => streams.close(),
	};
}
