/** All checkers of a run. Each property has a file of its own in checkers/, and a row in checkers/README.md. */

import { HEARTBEAT_MILLISECONDS } from './actors.ts';
import { AnswersAreTrue } from './checkers/answers-are-true.ts';
import { AppliedBehindPersisted } from './checkers/applied-behind-persisted.ts';
import { CampaignMembership } from './checkers/campaign-membership.ts';
import { CommittedIsDurable } from './checkers/committed-is-durable.ts';
import { CommittedStays } from './checkers/committed-stays.ts';
import { CompactionBehindCheckpoint } from './checkers/compaction-behind-checkpoint.ts';
import { ElectionSafety } from './checkers/election-safety.ts';
import { EqualStates } from './checkers/equal-states.ts';
import { LeaderCompleteness } from './checkers/leader-completeness.ts';
import { LeasesNotEarly } from './checkers/leases-not-early.ts';
import { LinearizableKeys } from './checkers/linearizable-keys.ts';
import { checkLocks } from './checkers/locks-exclude.ts';
import { LogMatching } from './checkers/log-matching.ts';
import { checkMembershipAnswers } from './checkers/membership-answers.ts';
import { MembershipFacts } from './checkers/membership-facts.ts';
import { MembershipRules } from './checkers/membership-rules.ts';
import { Monotone } from './checkers/monotone.ts';
import { PersistedBeforeAcknowledged } from './checkers/persisted-before-acknowledged.ts';
import { RecoveredLog } from './checkers/recovered-log.ts';
import { ShadowLogs } from './checkers/shadow-logs.ts';
import { StateMachineSafety } from './checkers/state-machine-safety.ts';
import { TuningIsMeasured } from './checkers/tuning-is-measured.ts';
import { TuningIsTold } from './checkers/tuning-is-told.ts';
import { WatchStreams } from './checkers/watch-streams.ts';
import type { Witness } from './witness.ts';
import type { World } from './world.ts';

export class Checkers {
	readonly witnesses: readonly Witness[];
	readonly #elections = new ElectionSafety();
	readonly #applied = new StateMachineSafety();
	readonly #states = new EqualStates();
	readonly facts = new MembershipFacts();
	readonly #rules = new MembershipRules(this.facts);
	readonly #leases = new LeasesNotEarly(() => this.#world?.timeline.now ?? 0);
	readonly #tunings = new TuningIsMeasured(this.facts, () => (this.#world?.plan.electionTicks ?? 0) * HEARTBEAT_MILLISECONDS);
	readonly #tuned = new TuningIsTold(() => this.#world?.timeline.now ?? 0);
	#world: World | null = null;
	#eventsChecked = 0;
	#bookmarksChecked = 0;
	#watchesCompacted = 0;
	#answersChecked = 0;
	#keysChecked = 0;
	#keysUndecided = 0;

	constructor() {
		const shadows = new ShadowLogs();
		const applied = this.#applied;
		// The order counts where a checker says so.
		this.witnesses = [
			this.facts,
			new CommittedStays(shadows, applied),
			shadows,
			new LogMatching(shadows),
			applied,
			this.#elections,
			new LeaderCompleteness(shadows, applied),
			new PersistedBeforeAcknowledged(),
			new AppliedBehindPersisted(),
			new CommittedIsDurable(shadows, this.facts, () => this.#world?.members.map((member) => member.place) ?? []),
			new RecoveredLog(),
			new Monotone(),
			this.#rules,
			new CampaignMembership(),
			this.#states,
			new CompactionBehindCheckpoint(),
			this.#leases,
			this.#tunings,
			this.#tuned,
		];
	}

	/** Disks are looked at whether their member is up or not. */
	look(world: World): void {
		this.#world = world;
	}

	/** When all has been said. */
	finish(world: World): void {
		for (const member of world.members) {
			const engine = member.process?.environment.image;
			if (engine !== undefined) {
				this.#states.compare(member.place, engine);
			}
		}
		const answers = new AnswersAreTrue(this.#applied.entries);
		answers.check(world.operations);
		this.#answersChecked = answers.checked;
		const keys = new LinearizableKeys((operation) => answers.hasHappened(operation));
		keys.check(
			world.operations,
			Array.from({ length: world.plan.workload.keys }, (_, i) => `k${i}`),
		);
		checkMembershipAnswers(world.administrator.acknowledged, this.#applied.entries);
		const watches = new WatchStreams(answers.replay);
		watches.check(world.sessions.legs);
		this.#eventsChecked = watches.events;
		this.#bookmarksChecked = watches.bookmarks;
		this.#watchesCompacted = watches.compacted;
		this.#leases.check(world.sessions.leases, answers.replay, world.plan.faults.driftPercent);
		checkLocks(world.sessions.leases.locks, answers.replay);
		this.#keysChecked = keys.keys;
		this.#keysUndecided = keys.undecided;
	}

	counts(): Readonly<Record<string, number>> {
		return {
			memberships: this.#rules.changes,
			elections: this.#elections.elections,
			entries: this.#applied.entries.length,
			statesCompared: this.#states.compared,
			answersChecked: this.#answersChecked,
			keysChecked: this.#keysChecked,
			keysUndecided: this.#keysUndecided,
			eventsChecked: this.#eventsChecked,
			bookmarksChecked: this.#bookmarksChecked,
			watchesCompacted: this.#watchesCompacted,
			leaseWordsChecked: this.#leases.checked,
			leasesExpired: this.#leases.expired,
			timeoutsLowered: this.#tunings.lowered,
			timeoutsCompared: this.#tuned.checked,
		};
	}
}
