/**
 * The configuration of one member as the daemon uses it: validated, frozen, plain JSON, so that it can be handed to every thread.
 * Made by load.ts from flags, environment or file; the options behind the fields are in options.ts. No secret is ever in it, only paths.
 */

import type { AccessSettings } from '../base/access-settings.ts';
import type { AuthSettings } from '../base/auth-settings.ts';
import type { LogSettings } from '../base/log-settings.ts';
import type { TlsSettings } from '../base/tls-settings.ts';
import type { Discovery } from './discovery-config.ts';
import type { AutoCompaction } from './retention.ts';

export type ConfigLogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface ClusterMember {
	readonly name: string;
	/** Peer URLs, sorted. */
	readonly urls: readonly string[];
}

export interface Config {
	readonly name: string;
	readonly dataDir: string;
	readonly listenClientUrls: readonly string[];
	/** For HTTP alone; if there are any, listenClientUrls serve gRPC alone. */
	readonly listenClientHttpUrls: readonly string[];
	readonly listenMetricsUrls: readonly string[];
	readonly listenPeerUrls: readonly string[];
	readonly advertiseClientUrls: readonly string[];
	readonly initialAdvertisePeerUrls: readonly string[];
	/** Read once, on an empty data directory. */
	readonly initialCluster: readonly ClusterMember[];
	readonly initialClusterToken: string;
	/** How the founding members are found, unless initialCluster says it; read once, on an empty data directory. */
	readonly discovery: Discovery;
	readonly v2WriteRouting: 'redirect' | 'forward';
	/** This member joins a cluster that runs already; read once, on an empty data directory. */
	readonly joinsExisting: boolean;
	/** --enable-grpc-gateway */
	readonly gateway: boolean;
	readonly strictReconfigCheck: boolean;
	readonly maxLearners: number;
	readonly heartbeatMs: number;
	readonly electionMs: number;
	/** The cluster gives itself its times, beginning with these. */
	readonly tunes: boolean;
	/** At boot, let all but one heartbeat of the election timeout count as waited already. */
	readonly initialElectionTickAdvance: boolean;
	readonly preVote: boolean;
	/** Applied entries between two compactions of the log. */
	readonly snapshotCount: number;
	/** Entries that a compaction leaves in the log for slow followers. */
	readonly catchUpEntries: number;
	readonly maxRequestBytes: number;
	readonly maxTxnOps: number;
	readonly maxConcurrentStreams: number;
	readonly watchProgressMs: number;
	/** Of used pages; negative: no quota. */
	readonly quotaBytes: number;
	readonly autoCompaction: AutoCompaction;
	/** Time between two comparisons of the members' stores, and between two looks for a compaction to compare; 0: none. */
	readonly corruptCheckMs: number;
	readonly compactHashCheckMs: number;
	readonly initialCorruptCheck: boolean;
	readonly clientTls: TlsSettings;
	readonly peerTls: TlsSettings;
	/** Of certificates that the member makes itself. */
	readonly selfSignedYears: number;
	readonly access: AccessSettings;
	readonly auth: AuthSettings;
	/** Of clients, of one api lane, in all and from one address. */
	readonly dashboardWrites: boolean;
	readonly laneConnectionsMax: number;
	readonly laneAddressConnectionsMax: number;
	/** What takes longer is told in the log. */
	readonly warningUnaryRequestDurationMs: number;
	readonly warningApplyDurationMs: number;
	/** Of gRPC connections: a caller's pings may not be closer; after so much silence (0: never) it is pinged, and closed if it stays silent. */
	readonly keepAlive: { readonly minTimeMs: number; readonly intervalMs: number; readonly timeoutMs: number };
	/** Other processes may listen on the same ports. */
	readonly socketReusePort: boolean;
	/** Serve profiles of the threads. */
	readonly enablePprof: boolean;
	/** Of all members this one alone is left, from this start on. */
	readonly forceNewCluster: boolean;
	readonly unsafeNoFsync: boolean;
	readonly logging: LogSettings;
	readonly logLevel: ConfigLogLevel;
	/** `own`, `single`, `auto` or groups of roles; src/config/placement.ts makes threads of it. */
	readonly placement: string;
	readonly apiLanes: number;
	readonly watchLanes: number;
	/** A turn of an actor ends after so many messages or milliseconds. */
	readonly turnMessages: number;
	readonly turnMilliseconds: number;
	/** Requests and bytes that one api lane may have outstanding. */
	readonly laneRequestsMax: number;
	readonly laneBytesMax: number;
}
