/** The way back for a member whose log or store cannot be trusted: its peers hold everything that was acknowledged. Part of every message of damage. */
export const REBUILD =
	"rebuild this member from its peers: 'etcdctl member remove ID', move its data directory away, 'etcdctl member add NAME --peer-urls=URL', " +
	'and start it with --initial-cluster-state existing';
