/** The v2 front end and the tree, without the daemon around them, against Debian's etcd: every answer equal, byte for byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeState } from '../../../../src/v2/nodes.ts';
import { removeTempDirectory } from '../../../support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';
import { type Member, startEtcd } from '../../../support/member.ts';
import { compareRandomRequests } from './compare-random.ts';
import { fakeLane, type Served, serveV2 } from './fake-lane.ts';

const REQUESTS = 1_500;
const FIRST_FREE_CONTAINER = 2;

let etcd: Member;
let served: Served;

before(async () => {
	etcd = await startEtcd();
	// The cluster version is etcd's last internal write: the index stands still after it.
	const isDecided = async () => !(await (await fetch(`${etcd.clientUrl}/version`)).text()).includes('not_decided');
	await eventually(isDecided, { what: 'etcd to decide on its cluster version' });
	const index = Number((await fetch(`${etcd.clientUrl}/v2/keys`)).headers.get('x-etcd-index'));
	const lane = fakeLane();
	lane.reader.write((view) => writeState(view, { index, nextContainer: FIRST_FREE_CONTAINER }));
	served = await serveV2(lane, { maxRequestBytes: 1_572_864 });
});
after(async () => {
	await served.close();
	etcd.client.close();
	await etcd.kill();
	removeTempDirectory(etcd.dataDir);
});

test('v2: against etcd: seeded random requests get equal answers, of every kind that the tree can give', async () => {
	const kinds = await compareRandomRequests({ ours: served.url, theirs: etcd.clientUrl, seed: 9, requests: REQUESTS });
	const wanted = ['get', 'create', 'set', 'update', 'delete', 'compareAndSwap', 'compareAndDelete', '100', '101', '102', '104', '105', '107', '108'];
	assert.deepEqual(
		wanted.filter((kind) => !kinds.has(kind)),
		[],
		'kinds that no request met',
	);
});
