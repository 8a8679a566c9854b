/**
 * The network between members as the peer actor sees it. Links may drop, repeat and reorder frames, and never resend after a reconnect; raft does not care.
 * Implemented by adapters/peer-network.ts (undici and node:http) and by the simulator. Completions arrive through the actor's Turn.
 */
import type { Index, Slot, Term } from '../base/brand.ts';
import type { Channel } from '../protocol/messages.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { LeaseAnswer, LeaseQuestion } from './leader-leases.ts';
import type { PeerFigures } from './peer-figures.ts';
import type { PeerHash, ToldHash } from './peer-hashes.ts';

export interface PeerAddress {
	readonly slot: Slot;
	/** The 64-bit member id as hex without padding. */
	readonly id: string;
	readonly urls: readonly string[];
	/** Empty until the member has published. */
	readonly name: string;
}

/** A snapshot file on its way to a member. leaderTerm: the term in which this member is the leader that sends it. */
export interface SnapshotFile {
	readonly to: Slot;
	readonly index: Index;
	readonly term: Term;
	readonly leaderTerm: Term;
	readonly path: string;
}

/** A whole snapshot from a member, its length and checksum right, flushed and under its last name. */
export interface SnapshotArrival {
	readonly from: Slot;
	readonly index: Index;
	readonly term: Term;
	readonly leaderTerm: Term;
	readonly path: string;
}

export interface PeerEvents {
	/** From a member whose cluster and id have been checked; the bytes are in an ArrayBuffer of their own. */
	received(from: Slot, bytes: Uint8Array): void;
	/** An established connection to the member was lost, and with it perhaps frames: once for a loss of both connections. */
	linkDown(member: Slot): void;
	snapshotReceived(arrival: SnapshotArrival): void;
	/** A member asks whether this one leads, and if so how far the members are; done at most once. */
	progressAsked(done: (progress: readonly MemberProgress[]) => void): void;
	/** A member asks this one, if it leads, to hand over: it is about to be removed. */
	transferAsked(from: Slot): void;
	/** A member asks this one's lessor for its clients; done at most once. */
	leasesAsked(question: LeaseQuestion, done: (answer: LeaseAnswer) => void): void;
	/** The leader asks for the hash of this member's store; done at most once, for a large store after minutes. */
	hashAsked(revision: number, done: (hash: PeerHash) => void): void;
	/** A member asks what this one tells of itself on its dashboard; done at most once, with JSON, or empty where it cannot say. */
	stateAsked(done: (json: string) => void): void;
	/** This member is no longer one of the cluster: a peer has said so a while ago. */
	removed(): void;
}

export interface PeerLinks {
	/** Once, before anything else. */
	subscribe(events: PeerEvents): void;
	/** Everyone in the cluster, this member too, and the ids that have left it. */
	setMembers(clusterId: string, members: readonly PeerAddress[], removed: readonly string[]): void;
	/** Queues a frame; dropped if the member is unknown. A replaceable frame takes the place of a queued replaceable one. */
	send(to: Slot, channel: Channel, replaceable: boolean, bytes: Uint8Array): void;
	/** Writes what was queued since the last flush, one write a connection. */
	flush(): void;
	/** Streams the file and deletes it whatever comes; done says whether the member has it whole. One at a time a member: a second is refused. */
	sendSnapshot(file: SnapshotFile, done: (ok: boolean) => void): void;
	/** Asks all other members for the hash of their stores; done gets what those said that answered. */
	askHashes(revision: number, done: (hashes: readonly ToldHash[]) => void): void;
	/** What has gone over the links so far; asking sends fresh probes. */
	figures(): PeerFigures;
	/** Deletes a snapshot file that nobody is to have. */
	discardSnapshot(path: string): void;
}
