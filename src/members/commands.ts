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
