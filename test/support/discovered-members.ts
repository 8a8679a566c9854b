/** Members that are told no list of members but how to find each other, quorate's or etcd's, and what is around them: a token, the end of one that is refused. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTempDirectory } from './cleanup.ts';
import { clusterSpec, etcdSpec, Member, makeAddresses } from './member.ts';
import { type Ended, NotReadyError } from './server-process.ts';

export interface DiscoveredOptions {
	readonly flags: Readonly<Record<string, string>>;
	readonly env?: Readonly<Record<string, string>>;
	readonly system?: 'quorate' | 'etcd';
}

/** Not started. */
export async function makeMembers(names: readonly string[], { flags, env = {}, system = 'quorate' }: DiscoveredOptions): Promise<readonly Member[]> {
	const directory = mkdtempSync(join(tmpdir(), 'quorate-discovered-'));
	const spec = system === 'etcd' ? etcdSpec : clusterSpec;
	return (await makeAddresses(names, directory)).map((addresses) => new Member(spec(addresses, { flags, env }, ''), addresses));
}

/** Ends them at once and removes their data. */
export async function destroyMembers(members: readonly Member[]): Promise<void> {
	for (const member of members) {
		member.client.close();
		if (member.isRunning) {
			await member.kill();
		}
		removeTempDirectory(member.dataDir);
	}
}

/** How a member ended that was to be refused. */
export async function startInVain(member: Member): Promise<Ended> {
	try {
		await member.start();
	} catch (error) {
		if (error instanceof NotReadyError) {
			return error.ended;
		}
		throw error;
	}
	throw new Error(`${member.name} started, and was to be refused`);
}

/** By hand, as the classic guide makes one: a size in the keys of some etcd. The URL of the token. */
export async function putToken(serviceUrl: string, token: string, size: number): Promise<string> {
	const url = `${serviceUrl}/v2/keys/discovery/${token}`;
	const answer = await fetch(`${url}/_config/size`, { method: 'PUT', body: new URLSearchParams({ value: String(size) }) });
	if (answer.status !== 201) {
		throw new Error(`the token was not made: ${answer.status} ${await answer.text()}`);
	}
	return url;
}

/** The names of a member's cluster as it tells them, sorted. */
export async function namesToldBy(member: Member): Promise<readonly string[]> {
	const answer = (await (await fetch(`${member.clientUrl}/v2/members`)).json()) as { readonly members: readonly { readonly name: string }[] };
	return answer.members.map(({ name }) => name).sort();
}
