/**
 * Seeded random requests of the v3 API to quorate and to Debian's etcd, each answer compared. A case that differs is cut down on fresh
 * pairs before it is shown. REQUESTS, SEED: how many, and which (npm run prove -- v3-random: 20,000).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { type Difference, findDifference } from './random-v3/compare.ts';
import { type Request, RequestMaker } from './random-v3/requests.ts';
import { shrink } from './random-v3/shrink.ts';

const REQUESTS = Number(process.env['REQUESTS'] ?? 1_000);
const SEED = Number(process.env['SEED'] ?? 20_261_123);
const SHRINK_TRIALS_MAX = Number(process.env['SHRINK_TRIALS'] ?? 60);

type Flags = Readonly<Record<string, string>>;

async function compareOnFreshPair(flags: Flags, requests: readonly Request[], met: Map<string, number>): Promise<Difference | null> {
	const members: Member[] = [];
	try {
		members.push(await startMember({ flags }), await startEtcd());
		const [quorate, etcd] = members as [Member, Member];
		return await findDifference({ quorate: quorate.clientUrl, etcd: etcd.clientUrl }, requests, met);
	} finally {
		for (const member of members) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
	}
}

async function explain(flags: Flags, requests: readonly Request[], first: Difference): Promise<string> {
	const failing = requests.slice(0, first.at + 1);
	const small = await shrink(failing, async (some) => (await compareOnFreshPair(flags, some, new Map())) !== null, SHRINK_TRIALS_MAX);
	const last = (await compareOnFreshPair(flags, small, new Map())) ?? first;
	const lines = small.map((request) => `  ${JSON.stringify(request)}`).join('\n');
	return `seed ${SEED}, request ${first.at}, cut down to ${small.length}:\n${lines}\nat ${JSON.stringify(last.request)}\nquorate: ${last.quorate}\netcd:    ${last.etcd}`;
}

describe('clients: random v3 requests', () => {
	for (const { title, flags } of configurations()) {
		test(`clients: random v3 requests (${title}): every answer is etcd's`, async () => {
			const maker = new RequestMaker(new SeededRandom(SEED));
			const requests = Array.from({ length: REQUESTS }, () => maker.next());
			const met = new Map<string, number>();
			const difference = await compareOnFreshPair(flags, requests, met);
			if (difference !== null) {
				assert.fail(await explain(flags, requests, difference));
			}
			assert.ok(met.size >= 15, `only ${met.size} kinds of answers were met: ${[...met.keys()].join('; ')}`);
			console.log(`figure: ${REQUESTS} random requests (${title}), equal answers of ${met.size} kinds`);
		});
	}
});
