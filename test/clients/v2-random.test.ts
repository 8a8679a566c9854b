/** A few hundred seeded random requests to /v2/keys of the whole daemon, each answer compared with Debian's etcd byte for byte. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareRandomRequests } from '../unit/api/v2/compare-random.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';
import { v2Index } from './v2-index.ts';

const REQUESTS = 400;

for (const configuration of configurations()) {
	describe(`clients: random v2 requests (${configuration.title})`, () => {
		const pair = usePair(configuration);
		test(`clients: random v2 requests (${configuration.title}): every answer is etcd's`, async () => {
			const { quorate, etcd } = pair();
			assert.equal(await v2Index(quorate), await v2Index(etcd), 'both fresh members stand at the same v2 index');
			await compareRandomRequests({ ours: quorate.clientUrl, theirs: etcd.clientUrl, seed: 20_260_823, requests: REQUESTS });
		});
	});
}
