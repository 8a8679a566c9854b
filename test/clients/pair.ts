/** The two systems that a client suite compares: a fresh quorate of one configuration and a fresh Debian etcd, each with one member. */
import { after, before } from 'node:test';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import type { Configuration } from './configurations.ts';

export interface Pair {
	readonly quorate: Member;
	readonly etcd: Member;
}

/** Inside a describe: the pair lives as long as its tests, which ask for it when they run. */
export function usePair(configuration: Configuration): () => Pair {
	const started: Member[] = [];
	before(async () => {
		started.push(await startMember({ flags: configuration.flags }));
		started.push(await startEtcd());
		// The cluster version is etcd's last internal write: indices stand still after it.
		await eventually(() => isVersionDecided(started[1]), { what: 'etcd to decide on its cluster version' });
	});
	after(async () => {
		for (const member of started) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
	});
	return () => {
		const [quorate, etcd] = started;
		if (quorate === undefined || etcd === undefined) {
			throw new Error('the pair has not been started');
		}
		return { quorate, etcd };
	};
}

async function isVersionDecided(etcd: Member | undefined): Promise<boolean> {
	const answer = await fetch(`${etcd?.clientUrl}/version`);
	return !(await answer.text()).includes('not_decided');
}
