/**
 * Which actors share a thread. Pure: the number of cores comes in.
 *
 * The text is own, single, auto, or groups of roles: raft+log+peer,store,watch+api. A group that is api or watch alone becomes one thread
 * for each lane; a group of several roles holds all their lanes.
 */
export type PlacedRole = 'raft' | 'log' | 'store' | 'peer' | 'watch' | 'api';

export interface PlacedActor {
	readonly role: PlacedRole;
	readonly lane: number;
}
export type PlacementGroups = readonly (readonly PlacedActor[])[];
export type Placement = { readonly ok: true; readonly groups: PlacementGroups } | { readonly ok: false; readonly rule: string };

const ROLES: readonly PlacedRole[] = ['raft', 'log', 'store', 'peer', 'watch', 'api'];
const OWN = 'raft,log,store,peer,watch,api';
const SINGLE = 'raft+log+store+peer+watch+api';
/** How many lanes the roles have that may have several. */
export interface LaneCounts {
	readonly api: number;
	readonly watch: number;
}

export function makePlacement(options: { readonly placement: string; readonly lanes: LaneCounts; readonly cores: number }): Placement {
	const parsed = parseGroups(resolve(options.placement, options.cores));
	if (!parsed.ok) {
		return parsed;
	}
	const groups = parsed.groups.flatMap((roles): PlacedActor[][] => {
		const actors = roles.flatMap((role) => lanesOf(role, options.lanes));
		return roles.length === 1 ? actors.map((actor) => [actor]) : [actors];
	});
	return { ok: true, groups };
}

function lanesOf(role: PlacedRole, { api, watch }: LaneCounts): PlacedActor[] {
	const count = role === 'api' ? api : role === 'watch' ? watch : 1;
	return Array.from({ length: count }, (_, lane) => ({ role, lane }));
}

function resolve(placement: string, cores: number): string {
	if (placement === 'auto') {
		// On fewer cores each hop wakes a sleeping processor, and a put makes five.
		return cores >= 4 ? OWN : SINGLE;
	}
	return placement === 'own' ? OWN : placement === 'single' ? SINGLE : placement;
}

function parseGroups(text: string): { ok: true; groups: PlacedRole[][] } | { ok: false; rule: string } {
	const seen = new Set<PlacedRole>();
	const groups: PlacedRole[][] = [];
	for (const group of text.split(',')) {
		const roles: PlacedRole[] = [];
		for (const word of group.split('+')) {
			const role = ROLES.find((known) => known === word.trim());
			if (role === undefined) {
				return { ok: false, rule: `must be own, single, auto, or groups of the roles ${ROLES.join(', ')} (${JSON.stringify(word)} is none)` };
			}
			if (seen.has(role)) {
				return { ok: false, rule: `must name each role once (${role} is there twice)` };
			}
			seen.add(role);
			roles.push(role);
		}
		groups.push(roles);
	}
	const missing = ROLES.filter((role) => !seen.has(role));
	return missing.length === 0 ? { ok: true, groups } : { ok: false, rule: `must place every role (${missing.join(', ')} missing)` };
}
