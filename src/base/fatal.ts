/**
 * Why a process ends, and with which exit code. The codes are documented in README.md and never reused.
 * A bad flag exits 2 and a bad configuration 1, as etcd's do; everything else has a code of its own.
 */
export const EXIT_CODES = {
	/** A configuration value breaks a rule. */
	bad_config: 1,
	/** An unknown or malformed flag. */
	bad_flag: 2,
	/** A listen address is taken or cannot be bound. */
	listen_failed: 3,
	/** The data directory is open in another process. */
	data_dir_busy: 4,
	/** The data directory belongs to another member or cluster. */
	data_dir_foreign: 5,
	/** The data directory cannot be read or written, or has a format that this version does not know. */
	data_dir_unusable: 6,
	/** No member of the cluster to join could be asked, or --initial-cluster is not who is in it. */
	join_failed: 7,
	/** A member of this id has run before, with a data directory that is not this one. */
	member_known: 8,
	/** This member was removed from its cluster. */
	member_removed: 9,
	/** A write or flush failed: what is on the disk is no longer known. */
	disk_failed: 10,
	/** The disk is full under the log. */
	disk_full: 11,
	/** The log is damaged: a record that was flushed does not read back. */
	log_damaged: 12,
	/** The log lacks entries that the store has applied: rebuild this member from its peers. */
	log_lost: 13,
	/** The store is damaged or has no checkpoint. */
	store_damaged: 14,
	/** A snapshot file that was to be imported is damaged, or is none. */
	snapshot_unusable: 15,
	/** Discovery has no place for this member, or there is no such discovery. */
	discovery_failed: 16,
	/** An actor's thread ended unasked. */
	actor_died: 20,
	/** A broken promise of our own code (assertion). */
	assertion: 21,
	/** An error that nobody handled. */
	unhandled: 22,
	/** The members did not shut down within their time; the process was ended. */
	stop_timed_out: 23,
	/** The launcher that started this process is gone. */
	launcher_gone: 24,
} as const;

export type FatalReason = keyof typeof EXIT_CODES;

/** A fault of the machine or of our own logic. Thrown anywhere in an actor, it ends the process with its exit code and one line. */
export class FatalError extends Error {
	override readonly name = 'FatalError';
	readonly reason: FatalReason;

	constructor(reason: FatalReason, message: string, options?: { cause?: unknown }) {
		super(message, options);
		this.reason = reason;
	}
}
