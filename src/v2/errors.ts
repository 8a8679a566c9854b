/** The numbered errors of the v2 API: message and HTTP status of each (reference/etcd-surface.md 1.5). Used by the tree and by api/v2. */
export interface V2ErrorRow {
	readonly code: number;
	/** Byte-exact: clients print it. */
	readonly message: string;
	readonly status: number;
}

function row(code: number, message: string, status = 400): V2ErrorRow {
	return { code, message, status };
}

export const V2_ERRORS = {
	key_not_found: row(100, 'Key not found', 404),
	compare_failed: row(101, 'Compare failed', 412),
	not_a_file: row(102, 'Not a file', 403),
	not_a_directory: row(104, 'Not a directory'),
	already_exists: row(105, 'Key already exists', 412),
	root_read_only: row(107, 'Root is read only'),
	directory_not_empty: row(108, 'Directory not empty', 403),
	unauthorized: row(110, 'The request requires user authentication', 401),
	prev_value_required: row(201, 'PrevValue is Required in POST form'),
	ttl_not_a_number: row(202, 'The given TTL in POST form is not a number'),
	index_not_a_number: row(203, 'The given index in POST form is not a number'),
	timeout_not_a_number: row(205, 'The given timeout in POST form is not a number'),
	name_required: row(206, 'Name is required in POST form'),
	index_or_value_required: row(207, 'Index or value is required'),
	index_and_value: row(208, 'Index and value cannot both be specified'),
	invalid_field: row(209, 'Invalid field'),
	invalid_form: row(210, 'Invalid POST form'),
	refresh_value: row(211, 'Value provided on refresh'),
	refresh_ttl_required: row(212, 'A TTL must be provided on refresh'),
	raft_internal: row(300, 'Raft Internal Error', 500),
	leader_election: row(301, 'During Leader Election', 500),
	event_index_cleared: row(401, 'The event in requested index is outdated and cleared'),
} as const satisfies Record<string, V2ErrorRow>;

export type V2ErrorName = keyof typeof V2_ERRORS;
