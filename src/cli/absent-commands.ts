/** Subcommands of etcd's server binary that quorate does not have, and what to use instead (reference/etcd-surface.md 4.4). Used by main.ts. */

const INSTEAD: ReadonlyMap<string, string> = new Map([
	[
		'gateway',
		'a TCP proxy in front of the members is not part of it: give clients the URLs of all members (etcdctl --endpoints=URL,URL), which they balance over themselves, or put HAProxy, nginx (stream) or Envoy before them',
	],
	[
		'grpc-proxy',
		'it has no proxy of gRPC: give clients the URLs of all members, which share equal watchers by themselves; for a proxy, etcd\'s own "etcd grpc-proxy start --endpoints=URL" works with its members',
	],
]);

/** null: the word is no such command. */
export function absentCommand(word: string | undefined): string | null {
	const instead = INSTEAD.get(word ?? '');
	return instead === undefined ? null : `quorate: "${word}" is a command of etcd's that quorate does not have: ${instead}`;
}
