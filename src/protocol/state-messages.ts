/** Messages between the peer actor and an api lane about what this member tells others of itself: in the manner of messages.ts, to which they belong. */
import type { RequestId } from '../base/brand.ts';

// ---- peer -> api

/** Another member's dashboard asks, through the peer port. Answered by `state_told`. */
export interface AskState {
	readonly kind: 'ask_state';
	readonly requestId: RequestId;
}

// ---- api -> peer

/** json: a MemberState (ports/dashboard-state.ts); empty: the lane cannot say. */
export interface StateTold {
	readonly kind: 'state_told';
	readonly requestId: RequestId;
	readonly json: string;
}
