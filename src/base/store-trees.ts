/** The trees of the store's engine. Positions are part of the code only; on disk a tree goes by its name. */
export const STORE_TREE_NAMES = ['latest', 'history', 'leases', 'v2', 'auth', 'alarms', 'members', 'meta', 'v2_events', 'v2_deadlines'] as const;

export const TREE = {
	/** key -> create, mod, version, lease; tombstones until compaction. */
	latest: 0,
	/** revision (main, sub) -> the stored key-value, previous mod revision, jump pointer. */
	history: 1,
	leases: 2,
	/** The v2 keyspace. */
	v2: 3,
	auth: 4,
	alarms: 5,
	/** Members, removed ids, cluster id. */
	members: 6,
	/** Applied index and term, current and compact revision, format. */
	meta: 7,
	/** v2 index -> the event that took it: the newest thousand (v2/event-history.ts). */
	v2_events: 8,
	/** When a v2 node's time is over, and the index that set it -> its path (v2/deadlines.ts). */
	v2_deadlines: 9,
} as const;
