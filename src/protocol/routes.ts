import type { AskFigures, FiguresTold } from './figure-messages.ts';
import type * as h from './hash-messages.ts';
import type { ReadsHeld } from './hold-messages.ts';
import type * as l from './lease-messages.ts';
import type * as m from './messages.ts';
import type { AskStages, StagesTold } from './stage-messages.ts';
import type { AskState, StateTold } from './state-messages.ts';

/**
 * The map of the system. Row: sender. Column: receiver. What is not here cannot be posted.
 */
export interface Routes {
	readonly api: {
		readonly raft: m.Propose | m.ReadIndex | m.TransferLeader | m.InquireStatus | m.InquireProgress | AskStages;
		readonly watch: m.WatchCreate | m.WatchCancel | m.WatchProgress | m.WatchTaken | m.WatchClose;
		readonly store: l.AskLeases | ReadsHeld;
		readonly peer: AskFigures | StateTold;
	};
	readonly raft: {
		readonly log: m.Append | m.Fetch | m.Compact;
		readonly store: m.Apply | m.Restore | m.SpoolSnapshot | m.RoleChanged | m.Refused | m.ReadGranted;
		readonly peer: m.Send | m.RoleChanged | m.DiscardSnapshot | m.RaftProgress;
		readonly api: m.Refused | m.ReadGranted | m.RoleChanged | m.RaftStatus | m.RaftProgress | StagesTold;
		readonly watch: m.RoleChanged;
	};
	readonly log: { readonly raft: m.LogOpened | m.Persisted | m.Fetched; readonly peer: m.Send };
	readonly store: {
		readonly raft: m.StoreOpened | m.Applied | m.Tuned | m.Checkpointed | m.Restored | m.RestoreFailed | m.Propose | m.ReadIndex;
		readonly api: m.Settled | m.Answered | m.StandingChanged | l.LeasesTold;
		readonly peer: m.MembersChanged | m.SnapshotSpooled | l.LeasesTold | h.AskHashes | h.HashTold;
		readonly watch: m.Changed;
	};
	readonly peer: {
		readonly raft: m.Received | m.LinkDown | m.SnapshotSent | m.SnapshotReceived | m.InquireProgress | m.TransferLeader;
		readonly store: l.AskLeases | h.HashAsked | h.HashesTold;
		readonly api: FiguresTold | AskState;
	};
	readonly watch: { readonly api: m.WatchResponses };
}

export type Role = keyof Routes;
export type Target<From extends Role> = keyof Routes[From] & Role;
/** Everything that an actor of this role can receive. */
export type Inbox<To extends Role> = {
	[From in Role]: To extends keyof Routes[From] ? Routes[From][To] : never;
}[Role];
export type AnyMessage = { [To in Role]: Inbox<To> }[Role];
export type Kind = AnyMessage['kind'];

/** Who receives from whom, at run time: the runtime opens one channel for each pair. The type fails when it disagrees with Routes. */
export const TARGETS = {
	api: ['raft', 'watch', 'store', 'peer'],
	raft: ['log', 'store', 'peer', 'api', 'watch'],
	log: ['raft', 'peer'],
	store: ['raft', 'api', 'peer', 'watch'],
	peer: ['raft', 'store', 'api'],
	watch: ['api'],
} as const satisfies { readonly [From in Role]: readonly Target<From>[] };

type Forgotten = { [From in Role]: Exclude<Target<From>, (typeof TARGETS)[From][number]> }[Role];
type None<T extends never> = T;
export type EveryTargetIsListed = None<Forgotten>;

export const ROLES = ['raft', 'log', 'store', 'peer', 'watch', 'api'] as const satisfies readonly Role[];
