/** Who may call the client port from a browser, as the configuration says it: plain JSON. Judged by api/http/access-rules.ts. */

export interface AccessSettings {
	/** --host-whitelist, in lower case: names that a Host header may have; `*`: any. Empty: any, but on loopback only names that are this member's. */
	readonly hosts: readonly string[];
	/** Names of this member beyond those of loopback: in the URLs that it publishes. */
	readonly ownHosts: readonly string[];
	/** --cors: origins whose pages may call, as browsers write them; `*`: any. */
	readonly origins: readonly string[];
}

export const ANY = '*';
