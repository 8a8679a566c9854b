/**
 * Which members' stores differ, by the hashes that all of them tell of one revision (reference/etcd-surface.md 7.5). Only hashes over the
 * same compacted history compare. The majority is right, as in etcd's check at compactions; without one nobody knows who is.
 */

/** A member's word. */
export interface HashAnswer {
	/** The entry that its store had applied when it answered. */
	readonly applied: number;
	/** Of its keyspace then. */
	readonly revision: number;
	readonly compactRevision: number;
	readonly hash: number;
}

export interface MemberHash {
	/** Hex. */
	readonly id: string;
	readonly answer: HashAnswer;
}

export interface HashVerdict {
	/** Members whose store differs from the majority's, or is ahead of what it has applied; hex ids. */
	readonly corrupt: readonly string[];
	/** Some stores differ, and there is no majority. */
	readonly isSplit: boolean;
	/** Members whose hash was compared, the judge's own included. */
	readonly compared: number;
	/** Of these, those that have what the most have; 0: there is no majority. */
	readonly equal: number;
}

/** How far the judge's own store is now, which must have applied what the others had. */
export interface OwnPlace {
	readonly revision: number;
	readonly compactRevision: number;
}

/** members: how many there are in the cluster, those that have not answered too. */
export function judgeHashes(own: MemberHash, place: OwnPlace, others: readonly MemberHash[], members: number): HashVerdict {
	const comparable = [own, ...others.filter(({ answer }) => answer.compactRevision === own.answer.compactRevision)];
	const byHash = new Map<number, string[]>();
	for (const { id, answer } of comparable) {
		byHash.set(answer.hash, [...(byHash.get(answer.hash) ?? []), id]);
	}
	const groups = [...byHash.values()];
	const majority = groups.find((ids) => ids.length > members / 2) ?? null;
	const differing = majority === null ? [] : groups.filter((ids) => ids !== majority).flat();
	// Whatever has applied no more than the judge cannot have come farther.
	const ahead = others.filter(({ answer }) => answer.revision > place.revision || answer.compactRevision > place.compactRevision).map(({ id }) => id);
	const equal = (majority ?? []).filter((id) => !ahead.includes(id)).length;
	const isSplit = groups.length > 1 && majority === null;
	return { corrupt: [...new Set([...differing, ...ahead])], isSplit, compared: comparable.length, equal };
}
