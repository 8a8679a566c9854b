/** What /v2/keys answers, as far as the page reads it. */

export interface V2Node {
	readonly key?: string;
	readonly value?: string;
	readonly dir?: boolean;
	readonly ttl?: number;
	readonly modifiedIndex?: number;
	readonly nodes?: readonly V2Node[];
}

export interface V2Answer {
	readonly node?: V2Node;
	readonly message?: string;
	readonly cause?: string;
}

/** path: "/a/b", empty for the root. */
export function addressOfV2(path: string): string {
	return `/v2/keys${path.split('/').map(encodeURIComponent).join('/')}`;
}
