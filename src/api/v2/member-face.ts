/** A member as the v2 API shows it. */
import type { MemberRecord } from '../../members/record.ts';

export function memberFace(member: MemberRecord): object {
	return { id: member.id, name: member.name, peerURLs: member.peerUrls, clientURLs: member.clientUrls };
}
