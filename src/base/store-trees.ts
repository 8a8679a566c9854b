/** The trees of the store's engine. Positions are part of the code only; on disk a tree goes by its name. */
export const STORE_TREE_NAMES = ['latest', 'history', 'leases', 'v2', 'auth', 'alarms', 'members', 'meta'] as const;

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
} as const;
