/**
 * What the store says of itself to the others: how far it is, to the lanes and the watch hubs, and who belongs to the cluster. It decides
 * nothing but what need not be said again. Used by store-actor.ts.
 */
import type { Index } from '../base/brand.ts';
import { clusterId, list, removedIds } from '../members/table.ts';
import { tunedElection } from '../members/tuning-record.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import type { UrgentOutbox } from './actor.ts';
import { LaneAnswers } from './lane-answers.ts';

export interface StoreWordsOptions {
	/** This member's id as hex. */
	readonly selfId: string;
	readonly lanes: number;
	readonly watchLanes: number;
}

export interface StoreWordsPorts {
	readonly outbox: UrgentOutbox<'store'>;
	readonly environment: StoreEnvironment;
}

/** Where the keyspace stands since the last commit. */
export interface KeyspacePoint {
	readonly revision: number;
	readonly compactRevision: number;
}

export class StoreWords {
	readonly #options: StoreWordsOptions;
	readonly #ports: StoreWordsPorts;
	/** What the watch hubs know. */
	#told = { generation: -1, revision: 0, compactRevision: -1 };

	constructor(options: StoreWordsOptions, ports: StoreWordsPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	noAnswers(): LaneAnswers {
		return new LaneAnswers(this.#options.lanes);
	}

	/** Inside the transaction that makes it true: to whoever does no more with an answer than send it on. */
	answerPlain(answers: LaneAnswers, upTo: Index): void {
		for (let lane = 0; lane < this.#options.lanes; lane++) {
			const answered = answers.takePlain(lane, upTo);
			if (answered !== null) {
				this.#ports.outbox.postNow('api', answered, lane);
			}
		}
	}

	/** To the hubs before the lanes, so that a hub is not behind what they can read for longer than it takes. */
	settled(answers: LaneAnswers, upTo: Index, keyspace: KeyspacePoint): void {
		const { environment, outbox } = this.#ports;
		this.#changed(keyspace);
		for (let lane = 0; lane < this.#options.lanes; lane++) {
			outbox.post('api', answers.toSettled(lane, upTo, environment.generation), lane);
		}
	}

	/** Nothing if the cluster has never given itself times. */
	tuned(): void {
		const electionMilliseconds = this.#ports.environment.engine.read(tunedElection);
		if (electionMilliseconds !== null) {
			this.#ports.outbox.post('raft', { kind: 'tuned', electionMilliseconds });
		}
	}

	/** Nothing before the founding members are known. */
	members(): void {
		const { environment, outbox } = this.#ports;
		const { cluster, members, removed } = environment.engine.read((view) => {
			return { cluster: clusterId(view), members: list(view), removed: removedIds(view) };
		});
		if (cluster !== null) {
			outbox.post('peer', {
				kind: 'members_changed',
				clusterId: cluster,
				slots: members.map((each) => each.slot),
				ids: members.map((each) => each.id),
				peerUrls: members.map((each) => each.peerUrls),
				names: members.map((each) => each.name),
				removed,
			});
			const learner = members.some((each) => each.id === this.#options.selfId && each.learner);
			for (let lane = 0; lane < this.#options.lanes; lane++) {
				outbox.post('api', { kind: 'standing_changed', learner }, lane);
			}
		}
	}

	#changed({ revision, compactRevision }: KeyspacePoint): void {
		const { generation } = this.#ports.environment;
		const told = this.#told;
		if (told.generation !== generation || told.revision !== revision || told.compactRevision !== compactRevision) {
			this.#told = { generation, revision, compactRevision };
			for (let lane = 0; lane < this.#options.watchLanes; lane++) {
				this.#ports.outbox.post('watch', { kind: 'changed', ...this.#told }, lane);
			}
		}
	}
}
