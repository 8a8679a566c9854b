/**
 * Whose data directory it is: member.json, written once on the first boot and read at each later one. JSON, so that a person can read it,
 * with a CRC, so that a damaged one is refused. Not here: the file operations and the directory (data-directory.ts).
 */
import { crc32 } from 'node:zlib';
import { FatalError } from '../base/fatal.ts';

export interface MemberIdentity {
	/** 64-bit ids as hex, as etcd prints them. */
	readonly memberId: string;
	readonly clusterId: string;
	readonly name: string;
	readonly initialClusterToken: string;
	/** This member in the cluster's table of members. */
	readonly slot: number;
}

/** What the command line says of the member. */
export interface ConfiguredIdentity {
	readonly name: string;
	readonly initialClusterToken: string;
}

export const IDENTITY_FILE = 'member.json';
/** The token of a cluster that was given none: it says nothing about which cluster is meant. */
export const DEFAULT_CLUSTER_TOKEN = 'etcd-cluster';

const FORMAT = 1;
const HEX_ID = /^[0-9a-f]{1,16}$/;

interface IdentityFile {
	readonly format: number;
	/** Of the member's fields as this version writes them. */
	readonly crc32: string;
	readonly member: MemberIdentity;
}

export function encodeIdentity(identity: MemberIdentity): Uint8Array {
	const member = inOrder(identity);
	const file: IdentityFile = { format: FORMAT, crc32: checksumOf(member), member };
	return new TextEncoder().encode(`${JSON.stringify(file, null, '\t')}\n`);
}

/** path: what the message calls the file. Throws FatalError data_dir_unusable for bytes that are not what encodeIdentity wrote. */
export function decodeIdentity(bytes: Uint8Array, path: string): MemberIdentity {
	const file = parse(bytes);
	if (file === null) {
		throw new FatalError('data_dir_unusable', `${path}: it must hold the member's identity as JSON, and does not`);
	}
	if (file.format !== FORMAT) {
		throw new FatalError('data_dir_unusable', `${path}: it has format ${file.format}; this version reads format ${FORMAT}`);
	}
	const member = inOrder(file.member);
	if (file.crc32 !== checksumOf(member)) {
		throw new FatalError(
			'data_dir_unusable',
			`${path}: its checksum must be ${checksumOf(member)} and is ${file.crc32}: it is damaged or was edited`,
		);
	}
	if (!HEX_ID.test(member.memberId) || !HEX_ID.test(member.clusterId) || !Number.isSafeInteger(member.slot) || member.slot < 1) {
		throw new FatalError('data_dir_unusable', `${path}: ids must be hex and the slot at least 1: ${JSON.stringify(member)}`);
	}
	return member;
}

/**
 * Why a directory of this identity is not the configured member's; null if it is. The flags of the first boot are otherwise ignored at a
 * later one, as etcd does: peer URLs that would make another member id are no error, and nor is a token that was not given.
 */
export function foreignBecause(configured: ConfiguredIdentity, stored: MemberIdentity): string | null {
	if (configured.name !== stored.name) {
		return `--name=${configured.name}: the data directory belongs to the member "${stored.name}" (${stored.memberId})`;
	}
	const token = configured.initialClusterToken;
	if (token !== DEFAULT_CLUSTER_TOKEN && token !== stored.initialClusterToken) {
		return `--initial-cluster-token=${token}: the data directory belongs to the cluster "${stored.initialClusterToken}" (${stored.clusterId})`;
	}
	return null;
}

function parse(bytes: Uint8Array): IdentityFile | null {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch {
		return null;
	}
	if (typeof value !== 'object' || value === null || !('member' in value) || typeof value.member !== 'object' || value.member === null) {
		return null;
	}
	return value as IdentityFile;
}

/** These fields in this order: the checksum is over what it makes. */
function inOrder({ memberId, clusterId, name, initialClusterToken, slot }: MemberIdentity): MemberIdentity {
	return { memberId, clusterId, name, initialClusterToken, slot };
}

function checksumOf(member: MemberIdentity): string {
	return crc32(JSON.stringify(member)).toString(16).padStart(8, '0');
}
