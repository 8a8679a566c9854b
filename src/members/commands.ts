/** The bodies of the commands that write the members table. */
import type { MemberRecord } from './record.ts';

/** Body of COMMAND_KIND.bootstrap. */
export interface BootstrapBody {
	readonly clusterId: string;
	/** Slots 1, 2, ... in the order of ids. */
	readonly members: readonly MemberRecord[];
}

/** Body of COMMAND_KIND.publish. */
export interface PublishBody {
	readonly id: string;
	readonly name: string;
	readonly clientUrls: readonly string[];
}

/** Body of COMMAND_KIND.add_member. The member's slot is given by the store. */
export interface AddMemberBody {
	readonly id: string;
	/** Sorted. */
	readonly peerUrls: readonly string[];
	readonly learner: boolean;
	/** --max-learners of the member that was asked: in the command, so that every store decides alike. */
	readonly learnersMax: number;
}

/** Body of COMMAND_KIND.remove_member and COMMAND_KIND.promote_member. */
export interface MemberIdBody {
	readonly id: string;
}

/** Body of COMMAND_KIND.update_member. */
export interface UpdateMemberBody {
	readonly id: string;
	/** Sorted. */
	readonly peerUrls: readonly string[];
}

/** Body of COMMAND_KIND.replace_member: the member `replaces` goes, and this one comes with a vote, in one step. */
export interface ReplaceMemberBody {
	/** Of the one that comes: new, or a learner's. */
	readonly id: string;
	/** Sorted; empty for a learner, which has its own. */
	readonly peerUrls: readonly string[];
	readonly replaces: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON: rare, small, and readable in a dump. */
export function encodeBootstrap(body: BootstrapBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodeBootstrap(bytes: Uint8Array): BootstrapBody {
	return JSON.parse(decoder.decode(bytes)) as BootstrapBody;
}

export function encodePublish(body: PublishBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodePublish(bytes: Uint8Array): PublishBody {
	return JSON.parse(decoder.decode(bytes)) as PublishBody;
}

export function encodeAddMember(body: AddMemberBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodeAddMember(bytes: Uint8Array): AddMemberBody {
	return JSON.parse(decoder.decode(bytes)) as AddMemberBody;
}

export function encodeMemberId(body: MemberIdBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodeMemberId(bytes: Uint8Array): MemberIdBody {
	return JSON.parse(decoder.decode(bytes)) as MemberIdBody;
}

export function encodeUpdateMember(body: UpdateMemberBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodeUpdateMember(bytes: Uint8Array): UpdateMemberBody {
	return JSON.parse(decoder.decode(bytes)) as UpdateMemberBody;
}

export function encodeReplaceMember(body: ReplaceMemberBody): Uint8Array {
	return encoder.encode(JSON.stringify(body));
}

export function decodeReplaceMember(bytes: Uint8Array): ReplaceMemberBody {
	return JSON.parse(decoder.decode(bytes)) as ReplaceMemberBody;
}
