/**
 * Every refusal a client can be told: a code of our own, etcd's text (byte-exact: clients match on it) and the gRPC status it travels under.
 * Codes are never reused. Source: reference/etcd-surface.md 2.12.
 */
export const GRPC = {
	ok: 0,
	canceled: 1,
	unknown: 2,
	invalidArgument: 3,
	deadlineExceeded: 4,
	notFound: 5,
	permissionDenied: 7,
	resourceExhausted: 8,
	failedPrecondition: 9,
	outOfRange: 11,
	unimplemented: 12,
	internal: 13,
	unavailable: 14,
	dataLoss: 15,
	unauthenticated: 16,
} as const;

export interface CodeRow {
	readonly code: number;
	readonly grpc: number;
	readonly text: string;
	/** The request had no effect anywhere, so that sending it again is safe. */
	readonly retryable: boolean;
}

function row(code: number, grpc: number, text: string, retryable = false): CodeRow {
	return { code, grpc, text, retryable };
}

export const CODES = {
	ok: row(0, GRPC.ok, ''),
	empty_key: row(1, GRPC.invalidArgument, 'etcdserver: key is not provided'),
	key_not_found: row(2, GRPC.invalidArgument, 'etcdserver: key not found'),
	value_provided: row(3, GRPC.invalidArgument, 'etcdserver: value is provided'),
	lease_provided: row(4, GRPC.invalidArgument, 'etcdserver: lease is provided'),
	too_many_ops: row(5, GRPC.invalidArgument, 'etcdserver: too many operations in txn request'),
	duplicate_key: row(6, GRPC.invalidArgument, 'etcdserver: duplicate key given in txn request'),
	invalid_sort_option: row(7, GRPC.invalidArgument, 'etcdserver: invalid sort option'),
	request_too_large: row(8, GRPC.invalidArgument, 'etcdserver: request is too large'),
	lease_not_found: row(9, GRPC.notFound, 'etcdserver: requested lease not found'),
	member_not_found: row(10, GRPC.notFound, 'etcdserver: member not found'),
	compacted: row(11, GRPC.outOfRange, 'etcdserver: mvcc: required revision has been compacted'),
	future_revision: row(12, GRPC.outOfRange, 'etcdserver: mvcc: required revision is a future revision'),
	no_space: row(13, GRPC.resourceExhausted, 'etcdserver: mvcc: database space exceeded'),
	too_many_requests: row(14, GRPC.unknown, 'etcdserver: too many requests', true),
	not_leader: row(15, GRPC.failedPrecondition, 'etcdserver: not leader', true),
	no_leader: row(16, GRPC.unavailable, 'etcdserver: no leader', true),
	leader_changed: row(17, GRPC.unavailable, 'etcdserver: leader changed', true),
	stopped: row(18, GRPC.unavailable, 'etcdserver: server stopped'),
	timeout: row(19, GRPC.unavailable, 'etcdserver: request timed out'),
	timeout_leader_fail: row(20, GRPC.unavailable, 'etcdserver: request timed out, possibly due to previous leader failure'),
	timeout_connection_lost: row(21, GRPC.unavailable, 'etcdserver: request timed out, possibly due to connection lost'),
	timeout_applied: row(22, GRPC.unavailable, 'etcdserver: request timed out, waiting for the applied index took too long'),
	corrupt: row(23, GRPC.dataLoss, 'etcdserver: corrupt cluster'),
	invalid_downgrade_target: row(64, GRPC.invalidArgument, 'etcdserver: invalid downgrade target version'),
	wrong_downgrade_format: row(65, GRPC.invalidArgument, 'etcdserver: wrong downgrade target version format'),
	no_inflight_downgrade: row(66, GRPC.failedPrecondition, 'etcdserver: no inflight downgrade job'),
	bad_transferee: row(24, GRPC.failedPrecondition, 'etcdserver: bad leader transferee'),
	unhealthy: row(25, GRPC.unavailable, 'etcdserver: unhealthy cluster'),
	/** A change of membership is still on its way: one at a time. */
	membership_pending: row(26, GRPC.unavailable, 'etcdserver: unhealthy cluster', true),
	timeout_leader_transfer: row(27, GRPC.unknown, 'etcdserver: request timed out, leader transfer took too long'),
	member_exists: row(28, GRPC.failedPrecondition, 'etcdserver: member ID already exist'),
	peer_url_exists: row(29, GRPC.failedPrecondition, 'etcdserver: Peer URLs already exists'),
	/** etcd keeps this one without a gRPC status, so that it travels as unknown (reference/etcd-surface.md 2.12). */
	not_enough_started: row(30, GRPC.unknown, 'etcdserver: re-configuration failed due to not enough started members'),
	bad_member_urls: row(31, GRPC.invalidArgument, 'etcdserver: given member URLs are invalid'),
	member_not_learner: row(32, GRPC.failedPrecondition, 'etcdserver: can only promote a learner member'),
	learner_not_ready: row(33, GRPC.failedPrecondition, 'etcdserver: can only promote a learner member which is in sync with leader'),
	too_many_learners: row(34, GRPC.failedPrecondition, 'etcdserver: too many learner members in cluster'),
	/** v3 does not tell it from an id that never was; v2 does. */
	member_removed: row(35, GRPC.notFound, 'etcdserver: member not found'),
	not_for_learner: row(36, GRPC.failedPrecondition, 'etcdserver: rpc not supported for learner'),
	lease_exists: row(37, GRPC.failedPrecondition, 'etcdserver: lease already exists'),
	lease_ttl_too_large: row(38, GRPC.outOfRange, 'etcdserver: too large lease TTL'),
	user_empty: row(39, GRPC.invalidArgument, 'etcdserver: user name is empty'),
	role_empty: row(40, GRPC.invalidArgument, 'etcdserver: role name is empty'),
	auth_failed: row(41, GRPC.invalidArgument, 'etcdserver: authentication failed, invalid user ID or password'),
	permission_not_given: row(42, GRPC.invalidArgument, 'etcdserver: permission not given'),
	invalid_auth_management: row(43, GRPC.invalidArgument, 'etcdserver: invalid auth management'),
	auth_old_revision: row(44, GRPC.invalidArgument, 'etcdserver: revision of auth store is old'),
	permission_denied: row(45, GRPC.permissionDenied, 'etcdserver: permission denied'),
	root_user_missing: row(46, GRPC.failedPrecondition, 'etcdserver: root user does not exist'),
	root_role_missing: row(47, GRPC.failedPrecondition, 'etcdserver: root user does not have root role'),
	user_exists: row(48, GRPC.failedPrecondition, 'etcdserver: user name already exists'),
	user_not_found: row(49, GRPC.failedPrecondition, 'etcdserver: user name not found'),
	role_exists: row(50, GRPC.failedPrecondition, 'etcdserver: role name already exists'),
	role_not_found: row(51, GRPC.failedPrecondition, 'etcdserver: role name not found'),
	role_not_granted: row(52, GRPC.failedPrecondition, 'etcdserver: role is not granted to the user'),
	permission_not_granted: row(53, GRPC.failedPrecondition, 'etcdserver: permission is not granted to the role'),
	auth_not_enabled: row(54, GRPC.failedPrecondition, 'etcdserver: authentication is not enabled'),
	invalid_auth_token: row(55, GRPC.unauthenticated, 'etcdserver: invalid auth token'),
	/** etcd has no status for this one, so that it travels as unknown. */
	no_password_user: row(56, GRPC.unknown, 'auth: authentication failed, password was given for no password user'),
	/** quorate's own: of two changes in one step, only a voter's going needs one. */
	member_not_voter: row(60, GRPC.failedPrecondition, 'etcdserver: can only replace a voting member'),
	/** quorate's own: the disk refused, or the store could not be read. */
	snapshot_failed: row(61, GRPC.unknown, 'etcdserver: the snapshot could not be written or read'),
	/** quorate's own: names of users and roles are keys of the store. */
	auth_name_too_long: row(62, GRPC.invalidArgument, 'etcdserver: name of user or role is longer than 1024 bytes'),
	/** quorate's own, for the lane: the password that it verified is not the user's any more, so that it has to verify again. No client is told it. */
	credential_changed: row(63, GRPC.unavailable, 'etcdserver: password has changed since it was verified', true),
} as const satisfies Record<string, CodeRow>;

export type CodeName = keyof typeof CODES;

const BY_NUMBER: readonly CodeRow[] = (() => {
	const rows: CodeRow[] = [];
	for (const entry of Object.values(CODES)) {
		rows[entry.code] = entry;
	}
	return rows;
})();

/** The row of a code number, or null for one that this version does not know. */
export function codeRow(code: number): CodeRow | null {
	return BY_NUMBER[code] ?? null;
}
