/**
 * The leader's comparison of the members' stores (reference/etcd-surface.md 7.5): soon after it leads, then periodically, and of each
 * compaction. It raises CORRUPT for the members that differ, and names them; which these are is alarms/hash-verdict.ts.
 *
 *   idle --due--> hashing: its own store --> asking: the others, at that revision --> judging, once it has applied what they had --> idle
 *
 * Used by store-upkeep.ts.
 */
import { judgeHashes, type MemberHash } from '../alarms/hash-verdict.ts';
import { ALARM, type Alarm, hasAlarm } from '../alarms/table.ts';
import type { RequestId, Term } from '../base/brand.ts';
import { hexToId, idToHex } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import { list } from '../members/table.ts';
import type { Logger } from '../ports/logger.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import { COMMAND_KIND } from '../protocol/command.ts';
import type { AskHashes, HashesTold } from '../protocol/hash-messages.ts';
import { encodeRaise } from '../rpc/alarm-codec.ts';
import type { LeaderProposer } from './leader-commands.ts';
import type { HashOutcome, StoreHasher } from './store-hasher.ts';

export interface CorruptionWatchOptions {
	/** This member's id as hex. */
	readonly selfId: string;
	/** Between two comparisons, and between two looks for a compaction that was not compared; 0: none. */
	readonly periodTicks: number;
	readonly compactionTicks: number;
	/** From the beginning of a reign to its first comparison. */
	readonly firstTicks: number;
	/** One that has taken so long is given up. */
	readonly patienceTicks: number;
}

export interface CorruptionWatchPorts {
	readonly proposer: LeaderProposer;
	readonly environment: StoreEnvironment;
	readonly hasher: StoreHasher;
	readonly nextRequestId: () => RequestId;
	readonly ask: (message: AskHashes) => void;
	readonly logger: Logger;
}

/** Where the store is. */
export interface StorePlace {
	readonly applied: number;
	readonly revision: number;
	readonly compactRevision: number;
}

/** How the last comparison of this member ended: each member is in one of the numbers. */
export interface LastComparison {
	readonly ticksAgo: number;
	readonly equal: number;
	readonly different: number;
	/** They did not answer, or had compacted otherwise. */
	readonly unknown: number;
}

interface Check {
	readonly term: Term;
	readonly begunAt: number;
	/** The compaction that it is to compare, or null. */
	readonly compaction: number | null;
	requestId: RequestId | null;
	own: MemberHash | null;
	others: readonly MemberHash[] | null;
}

export class CorruptionWatch {
	readonly #options: CorruptionWatchOptions;
	readonly #ports: CorruptionWatchPorts;
	#now = 0;
	#term: Term | null = null;
	#check: Check | null = null;
	#periodicAt = 0;
	#lookAt = 0;
	/** The newest compaction that all members agreed on. */
	#agreed = -1;
	#last: (Omit<LastComparison, 'ticksAgo'> & { readonly at: number }) | null = null;

	constructor(options: CorruptionWatchOptions, ports: CorruptionWatchPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	/** null: there was none. */
	get last(): LastComparison | null {
		if (this.#last === null) {
			return null;
		}
		const { at, ...counts } = this.#last;
		return { ticksAgo: this.#now - at, ...counts };
	}

	tick(place: StorePlace): void {
		this.#now += 1;
		this.#noteReign();
		if (this.#check !== null && (this.#check.term !== this.#term || this.#now - this.#check.begunAt > this.#options.patienceTicks)) {
			this.#check = null;
		}
		if (this.#term === null) {
			return;
		}
		if (this.#check !== null) {
			this.#maybeJudge(this.#check, place);
		} else if (this.#options.periodTicks > 0 && this.#now >= this.#periodicAt) {
			this.#periodicAt = this.#now + this.#options.periodTicks;
			this.#begin(this.#term, null);
		} else if (this.#options.compactionTicks > 0 && this.#now >= this.#lookAt) {
			this.#lookAt = this.#now + this.#options.compactionTicks;
			if (place.compactRevision > this.#agreed) {
				this.#begin(this.#term, place.compactRevision);
			}
		}
	}

	told({ requestId, ids, codes, applied, revisions, compactRevisions, hashes }: HashesTold): void {
		const check = this.#check;
		if (check === null || check.requestId !== requestId) {
			return;
		}
		const others: MemberHash[] = [];
		ids.forEach((id, i) => {
			if (codes[i] === CODES.ok.code) {
				const answer = { applied: applied[i] ?? 0, revision: revisions[i] ?? 0, compactRevision: compactRevisions[i] ?? -1, hash: hashes[i] ?? 0 };
				others.push({ id, answer });
			}
		});
		check.others = others;
	}

	#noteReign(): void {
		const term = this.#ports.proposer.leadingTerm;
		if (term !== this.#term) {
			this.#term = term;
			this.#periodicAt = this.#now + Math.min(this.#options.firstTicks, this.#options.periodTicks);
			this.#lookAt = this.#now + this.#options.compactionTicks;
			this.#agreed = -1;
		}
	}

	#begin(term: Term, compaction: number | null): void {
		const { environment, hasher } = this.#ports;
		if (environment.engine.read(list).length <= 1) {
			return;
		}
		const check: Check = { term, begunAt: this.#now, compaction, requestId: null, own: null, others: null };
		this.#check = check;
		hasher.ask(compaction ?? 0, (outcome) => {
			if (this.#check === check) {
				this.#hashed(check, outcome);
			}
		});
	}

	/** Refused when a compaction has overtaken it: the next look finds that one. */
	#hashed(check: Check, outcome: HashOutcome): void {
		if (outcome.kind === 'refused') {
			this.#check = null;
			return;
		}
		check.own = { id: this.#options.selfId, answer: outcome };
		check.requestId = this.#ports.nextRequestId();
		this.#ports.ask({ kind: 'ask_hashes', requestId: check.requestId, revision: outcome.hashRevision });
	}

	#maybeJudge(check: Check, place: StorePlace): void {
		const { own, others } = check;
		if (own === null || others === null || others.some(({ answer }) => answer.applied > place.applied)) {
			return;
		}
		this.#check = null;
		const members = this.#ports.environment.engine.read(list).length;
		const { corrupt, isSplit, compared, equal } = judgeHashes(own, place, others, members);
		const different = isSplit ? compared : corrupt.length;
		this.#last = { at: this.#now, equal, different, unknown: Math.max(0, members - equal - different) };
		const fields = { 'compact-revision': own.answer.compactRevision, compared, members };
		if (corrupt.length === 0 && !isSplit) {
			this.#ports.logger.log('debug', 'the stores of the members are equal', fields);
			if (check.compaction !== null && compared === members) {
				this.#agreed = check.compaction;
			}
			return;
		}
		const hashes = [own, ...others].map(({ id, answer }) => `${id}: ${answer.hash}`);
		this.#ports.logger.log('error', 'found hash mismatch between members', { ...fields, corrupt, hashes, 'is-split': isSplit });
		for (const id of isSplit ? ['0', ...corrupt] : corrupt) {
			this.#raise({ kind: ALARM.corrupt, memberId: hexToId(id) });
		}
	}

	#raise(alarm: Alarm): void {
		const { environment, proposer, logger } = this.#ports;
		if (!environment.engine.read((view) => hasAlarm(view, alarm))) {
			logger.log('error', 'raising the alarm', { alarm: 'CORRUPT', 'member-id': idToHex(alarm.memberId) });
			// What comes of it is seen at the next comparison.
			proposer.propose(COMMAND_KIND.alarm, encodeRaise(alarm), () => {});
		}
	}
}
