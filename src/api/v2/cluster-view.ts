/** What the v2 front end wants to know of the cluster, from one snapshot of the store. */
import type { ReadView } from '../../base/engine.ts';
import type { MemberRecord } from '../../members/record.ts';
import { clusterId, list } from '../../members/table.ts';

export interface ClusterView {
	/** Hex; 0 before the founding members are known, as etcd prints an id that it has not got. */
	readonly clusterId: string;
	readonly members: readonly MemberRecord[];
}

export function readCluster(view: ReadView): ClusterView {
	return { clusterId: readClusterId(view), members: list(view) };
}

export function readClusterId(view: ReadView): string {
	return clusterId(view) ?? '0';
}
