/**
 * Changes of who takes part, as v3 and v2 clients may ask for them at any member: the checks that come first, then the proposal. What a leader
 * knows of the members is asked of it on the peer port when this member does not lead; the proposal is forwarded like any other. Used by
 * api/grpc/cluster-service.ts and api/v2/members.ts.
 */
import { NOBODY } from '../../base/brand.ts';
import { idToHex } from '../../base/bytes.ts';
import { CODES } from '../../base/codes.ts';
import { encodeAddMember, encodeMemberId, encodeUpdateMember } from '../../members/commands.ts';
import { addedMemberId, type Sha1 } from '../../members/member-id.ts';
import { type Circumstances, isReady, mayAddVoter, mayPromote, mayRemove } from '../../members/reconfiguration.ts';
import type { MemberRecord } from '../../members/record.ts';
import { list } from '../../members/table.ts';
import type { Lane, MemberProgress } from '../../ports/lane.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import { parsePeerUrls } from './peer-urls.ts';

export interface MemberChangeOptions {
	/** Refuse changes that could cost the cluster its majority. */
	readonly strictReconfigCheck: boolean;
	readonly maxLearners: number;
	readonly initialClusterToken: string;
}

export interface MemberChangePorts {
	readonly lane: Lane;
	readonly sha1: Sha1;
	readonly unixSeconds: () => number;
	/** Asks another member how far everybody is: empty if it does not lead, null if there was no answer. */
	readonly askPeer: (member: MemberRecord, done: (progress: readonly MemberProgress[] | null) => void) => void;
	readonly later: (milliseconds: number, work: () => void) => void;
}

type Done = (code: number) => void;

/** An election that is under way is waited for, as long as a client would. */
const ATTEMPTS_MAX = 10;
const PAUSE_MILLISECONDS = 250;

export class MemberChanges {
	readonly #options: MemberChangeOptions;
	readonly #ports: MemberChangePorts;

	constructor(options: MemberChangeOptions, ports: MemberChangePorts) {
		this.#options = options;
		this.#ports = ports;
	}

	/** done gets the new member's id too. */
	add(request: { readonly peerUrls: readonly string[]; readonly learner: boolean }, done: (code: number, id: string) => void): void {
		const parsed = parsePeerUrls(request.peerUrls);
		if (!parsed.ok) {
			done(CODES.bad_member_urls.code, '');
			return;
		}
		const { sha1, unixSeconds } = this.#ports;
		const { initialClusterToken: token, maxLearners: learnersMax, strictReconfigCheck } = this.#options;
		const peerUrls = parsed.urls;
		const id = idToHex(addedMemberId({ peerUrls, token, unixSeconds: unixSeconds() }, sha1));
		const body = encodeAddMember({ id, peerUrls, learner: request.learner, learnersMax });
		const mayAdd = strictReconfigCheck && !request.learner ? mayAddVoter : null;
		this.#proposeIf(mayAdd, COMMAND_KIND.add_member, body, (code) => done(code, id));
	}

	remove(id: string, done: Done): void {
		const check = this.#options.strictReconfigCheck ? (known: Circumstances) => mayRemove(known, id) : null;
		this.#proposeIf(check, COMMAND_KIND.remove_member, encodeMemberId({ id }), done);
	}

	update(id: string, peerUrls: readonly string[], done: Done): void {
		const parsed = parsePeerUrls(peerUrls);
		if (parsed.ok) {
			this.#proposeIf(null, COMMAND_KIND.update_member, encodeUpdateMember({ id, peerUrls: parsed.urls }), done);
		} else {
			done(CODES.bad_member_urls.code);
		}
	}

	promote(id: string, done: Done): void {
		const check = (known: Circumstances): number => {
			const code = isReady(known, id);
			return code === CODES.ok.code && this.#options.strictReconfigCheck ? mayPromote(known) : code;
		};
		this.#proposeIf(check, COMMAND_KIND.promote_member, encodeMemberId({ id }), done);
	}

	#proposeIf(check: ((known: Circumstances) => number) | null, kind: CommandKind, body: Uint8Array, done: Done): void {
		const propose = (): void => this.#ports.lane.propose(kind, body, (code) => done(code));
		if (check === null) {
			propose();
			return;
		}
		this.#askProgress(ATTEMPTS_MAX, (progress) => {
			const code = progress === null ? CODES.unhealthy.code : check({ members: this.#ports.lane.reader.read(list), progress });
			if (code === CODES.ok.code) {
				propose();
			} else {
				done(code);
			}
		});
	}

	/** null: there was no leader to be asked for a while. */
	#askProgress(attempts: number, done: (progress: readonly MemberProgress[] | null) => void): void {
		this.#askLeader((progress) => {
			if (progress !== null && progress.length > 0) {
				done(progress);
			} else if (attempts <= 1) {
				done(null);
			} else {
				this.#ports.later(PAUSE_MILLISECONDS, () => this.#askProgress(attempts - 1, done));
			}
		});
	}

	#askLeader(done: (progress: readonly MemberProgress[] | null) => void): void {
		const { lane, askPeer } = this.#ports;
		const { leader } = lane.leaderView;
		if (leader === lane.selfSlot) {
			lane.inquireProgress(done);
			return;
		}
		const member = leader === NOBODY ? undefined : lane.reader.read(list).find(({ slot }) => slot === leader);
		if (member === undefined) {
			done(null);
		} else {
			askPeer(member, done);
		}
	}
}
