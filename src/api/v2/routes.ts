/** All that one lane serves of v2 on the client port, modules of 0.4 included: a row each for the table of routes. Called by workers/api.worker.ts. */
import { randomBytes } from 'node:crypto';
import type { Lane } from '../../ports/lane.ts';
import type { PeerFigures } from '../../ports/peer-figures.ts';
import type { Audit } from '../access/audit.ts';
import type { HttpRoute } from '../http/router.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { auditedRoutes } from './audit-trail.ts';
import { V2Door, type V2Passwords } from './auth/door.ts';
import { discoveryServiceRoute } from './discovery-service.ts';
import { v2LeaderRoute } from './leader.ts';
import { ListingTurns } from './listing-turns.ts';
import { modulesRoute } from './modules/modules-route.ts';
import { ReadCounts } from './read-counts.ts';
import { type V2Options, v2Route } from './router.ts';
import { v2StatsRoute } from './stats.ts';

/** A lane, and what only /v2/stats asks of it. */
export interface V2Lane extends Lane {
	/** What has gone over the links to the other members; null: there was no answer in the request's time. */
	inquireFigures(done: (figures: PeerFigures | null) => void): void;
	/** Since the leader has been known to lead. */
	readonly ticksOfLeader: number;
}

export interface V2RoutesOptions extends Omit<V2Options, 'reads' | 'listings'> {
	readonly tickMilliseconds: number;
	/** --client-cert-auth */
	readonly namesByCertificate: boolean;
}

export interface V2RoutesPorts {
	readonly lane: V2Lane;
	readonly changes: MemberChanges;
	readonly account: {
		readonly credentials: V2Passwords;
		/** Who is told of each request; null: nobody. */
		readonly audit: Audit | null;
	};
	/** In another turn of the thread, when others have had theirs. */
	later(work: () => void): void;
}

/** Of a discovery token: 32 hex digits, as the classic service's had. */
const TOKEN_BYTES = 16;

export function v2Routes({ lane, changes, account, later }: V2RoutesPorts, options: V2RoutesOptions): readonly HttpRoute[] {
	const { credentials: passwords, audit } = account;
	const door = new V2Door(options, { lane, passwords });
	const reads = new ReadCounts();
	const stats = v2StatsRoute({
		lane,
		askFigures: (done) => lane.inquireFigures(done),
		reads,
		startedAt: Date.now() - process.uptime() * 1_000,
		leaderMilliseconds: () => lane.ticksOfLeader * options.tickMilliseconds,
	});
	const discovery = discoveryServiceRoute({ lane, door, newToken: () => randomBytes(TOKEN_BYTES).toString('hex') });
	const keys = v2Route({ lane, changes, door, passwords }, { ...options, reads, listings: new ListingTurns(later) });
	return auditedRoutes(audit, [stats, v2LeaderRoute(lane), keys, discovery, modulesRoute(lane, door, options.writeRouting)]);
}
