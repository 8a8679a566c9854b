/**
 * Seeded random requests of the v2 API to quorate and to Debian's etcd, each answer, expiry and watch compared. A case that differs is cut
 * down on fresh pairs before it is shown. REQUESTS, SEED: how many, and which (npm run prove -- v2-random: 30,000).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { type Difference, findDifference } from './random-v2/compare.ts';
import { type Step, StepMaker } from './random-v2/steps.ts';
import { shrink } from './random-v3/shrink.ts';
import { v2Index } from './v2-index.ts';

const REQUESTS = Number(process.env['REQUESTS'] ?? 150);
const SEED = Number(process.env['SEED'] ?? 20_260_823);
const SHRINK_TRIALS_MAX = Number(process.env['SHRINK_TRIALS'] ?? 40);
/** A step that waits for nodes to be over takes a second or two: fewer of them in a long run. */
const EXPIRY_EVERY = REQUESTS > 1_000 ? 400 : 75;

type Flags = Readonly<Record<string, string>>;

async function compareOnFreshPair(flags: Flags, steps: readonly Step[], met: Map<string, number>): Promise<Difference | null> {
	const members: Member[] = [];
	try {
		members.push(await startMember({ flags }), await startEtcd());
		const [quorate, etcd] = members as [Member, Member];
		// The cluster version is etcd's last internal write: indices stand still after it.
		const isDecided = async () => !(await (await fetch(`${etcd.clientUrl}/version`)).text()).includes('not_decided');
		await eventually(isDecided, { what: 'etcd to decide on its cluster version' });
		assert.equal(await v2Index(quorate), await v2Index(etcd), 'both fresh members stand at the same v2 index');
		return await findDifference({ quorate: quorate.clientUrl, etcd: etcd.clientUrl }, steps, met);
	} finally {
		for (const member of members) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
	}
}

async function explain(flags: Flags, steps: readonly Step[], first: Difference): Promise<string> {
	const failing = steps.slice(0, first.at + 1);
	const small = await shrink(failing, async (some) => (await compareOnFreshPair(flags, some, new Map())) !== null, SHRINK_TRIALS_MAX);
	const last = (await compareOnFreshPair(flags, small, new Map())) ?? first;
	const lines = small.map((step) => `  ${JSON.stringify(step)}`).join('\n');
	return `seed ${SEED}, step ${first.at}, cut down to ${small.length}:\n${lines}\nat ${last.what}\nquorate: ${last.quorate}\netcd:    ${last.etcd}`;
}

describe('clients: random v2 requests', () => {
	for (const { title, flags } of configurations()) {
		test(`clients: random v2 requests (${title}): every answer is etcd's`, async () => {
			const maker = new StepMaker(new SeededRandom(SEED), EXPIRY_EVERY);
			const steps = Array.from({ length: REQUESTS }, () => maker.next());
			const met = new Map<string, number>();
			const difference = await compareOnFreshPair(flags, steps, met);
			if (difference !== null) {
				assert.fail(await explain(flags, steps, difference));
			}
			assert.ok(met.size >= 20, `only ${met.size} kinds of answers were met: ${[...met.keys()].join('; ')}`);
			console.log(`figure: ${REQUESTS} random steps (${title}), equal answers of ${met.size} kinds`);
		});
	}
});
