/**
 * Changes of who takes part, as v3 and v2 clients may ask for them at any member: the checks that come first, then the proposal, which is
 * forwarded like any other. A leader that is to go hands over before. Used by api/grpc/cluster-service.ts and api/v2/members.ts.
 */
import { AuthTables } from '../../auth/auth-table.ts';
import { checkRoot } from '../../auth/check-user.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { idToHex } from '../../base/bytes.ts';
import { CODES } from '../../base/codes.ts';
import { encodeAddMember, encodeMemberId, encodeReplaceMember, encodeUpdateMember } from '../../members/commands.ts';
import { addedMemberId, type Sha1 } from '../../members/member-id.ts';
import { type Circumstances, isReady, mayAddVoter, mayPromote, mayRemove, mayReplace } from '../../members/reconfiguration.ts';
import { list } from '../../members/table.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import { LeaderAccess, type LeaderAccessPorts } from './leader-access.ts';
import { parsePeerUrls } from './peer-urls.ts';

export interface MemberChangeOptions {
	/** Refuse changes that could cost the cluster its majority. */
	readonly strictReconfigCheck: boolean;
	readonly maxLearners: number;
	readonly initialClusterToken: string;
}

export interface MemberChangePorts extends LeaderAccessPorts {
	readonly sha1: Sha1;
	readonly unixSeconds: () => number;
}

/** Peer URLs that have been parsed, or the id of a learner. */
export type Comer = { readonly peerUrls: readonly string[] } | { readonly promotes: string };

interface Proposal {
	readonly kind: CommandKind;
	readonly body: Uint8Array;
	/** Id of the member that goes, or null. */
	readonly leaves: string | null;
	readonly who: Identity;
}

type Done = (code: number) => void;

export class MemberChanges {
	readonly #options: MemberChangeOptions;
	readonly #ports: MemberChangePorts;
	readonly #leader: LeaderAccess;
	readonly #tables = new AuthTables();

	constructor(options: MemberChangeOptions, ports: MemberChangePorts) {
		this.#options = options;
		this.#ports = ports;
		this.#leader = new LeaderAccess(ports);
	}

	/** done gets the new member's id too. who: while access control is on, a user with the role root. */
	add(
		request: { readonly peerUrls: readonly string[]; readonly learner: boolean },
		done: (code: number, id: string) => void,
		who: Identity = ANONYMOUS,
	): void {
		const parsed = parsePeerUrls(request.peerUrls);
		if (!parsed.ok) {
			done(CODES.bad_member_urls.code, '');
			return;
		}
		const { maxLearners: learnersMax, strictReconfigCheck } = this.#options;
		const peerUrls = parsed.urls;
		const id = this.#newId(peerUrls);
		const body = encodeAddMember({ id, peerUrls, learner: request.learner, learnersMax });
		const mayAdd = strictReconfigCheck && !request.learner ? mayAddVoter : null;
		this.#proposeIf(mayAdd, { kind: COMMAND_KIND.add_member, body, leaves: null, who }, (code) => done(code, id));
	}

	remove(id: string, done: Done, who: Identity = ANONYMOUS): void {
		const check = this.#options.strictReconfigCheck ? (known: Circumstances) => mayRemove(known, id) : null;
		this.#proposeIf(check, { kind: COMMAND_KIND.remove_member, body: encodeMemberId({ id }), leaves: id, who }, done);
	}

	update(id: string, peerUrls: readonly string[], done: Done, who: Identity = ANONYMOUS): void {
		const parsed = parsePeerUrls(peerUrls);
		if (parsed.ok) {
			const body = encodeUpdateMember({ id, peerUrls: parsed.urls });
			this.#proposeIf(null, { kind: COMMAND_KIND.update_member, body, leaves: null, who }, done);
		} else {
			done(CODES.bad_member_urls.code);
		}
	}

	promote(id: string, done: Done, who: Identity = ANONYMOUS): void {
		const check = (known: Circumstances): number => {
			const code = isReady(known, id);
			return code === CODES.ok.code && this.#options.strictReconfigCheck ? mayPromote(known) : code;
		};
		this.#proposeIf(check, { kind: COMMAND_KIND.promote_member, body: encodeMemberId({ id }), leaves: null, who }, done);
	}

	/** A newcomer, or a learner that is promoted, takes a voter's place in one step. done gets the id of the one that came. */
	replace(request: { readonly comes: Comer; readonly replaces: string }, done: (code: number, id: string) => void): void {
		const { comes, replaces } = request;
		const isLearner = 'promotes' in comes;
		const peerUrls = isLearner ? [] : comes.peerUrls;
		const id = isLearner ? comes.promotes : this.#newId(peerUrls);
		const check = (known: Circumstances): number => {
			const code = isLearner ? isReady(known, id) : CODES.ok.code;
			return code === CODES.ok.code && this.#options.strictReconfigCheck ? mayReplace(known, { replaces, promotes: isLearner ? id : null }) : code;
		};
		const proposal = { kind: COMMAND_KIND.replace_member, body: encodeReplaceMember({ id, peerUrls, replaces }), leaves: replaces, who: ANONYMOUS };
		this.#proposeIf(isLearner || this.#options.strictReconfigCheck ? check : null, proposal, (code) => done(code, id));
	}

	#newId(peerUrls: readonly string[]): string {
		const { sha1, unixSeconds } = this.#ports;
		return idToHex(addedMemberId({ peerUrls, token: this.#options.initialClusterToken, unixSeconds: unixSeconds() }, sha1));
	}

	#proposeIf(check: ((known: Circumstances) => number) | null, proposal: Proposal, done: Done): void {
		const { lane } = this.#ports;
		// Before anything is done for it: a leader would step aside.
		const refusal = lane.reader.read((view) => checkRoot(this.#tables.of(view), proposal.who));
		if (refusal !== CODES.ok.code) {
			done(refusal);
			return;
		}
		const propose = (): void => lane.propose(proposal.kind, proposal.body, (code) => done(code), proposal.who);
		const proceed = (): void => {
			const slot = proposal.leaves === null ? undefined : lane.reader.read(list).find(({ id }) => id === proposal.leaves)?.slot;
			if (slot === undefined) {
				propose();
			} else {
				this.#leader.moveAwayFrom(slot, propose);
			}
		};
		if (check === null) {
			proceed();
			return;
		}
		this.#leader.askProgress((progress) => {
			const code = progress === null ? CODES.unhealthy.code : check({ members: lane.reader.read(list), progress });
			if (code === CODES.ok.code) {
				proceed();
			} else {
				done(code);
			}
		});
	}
}
