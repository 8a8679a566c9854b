import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ALARM_ACTION, executeAlarm } from '../../../../src/alarms/execute.ts';
import { ALARM, type AlarmKind } from '../../../../src/alarms/table.ts';
import { NOBODY } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { FrontEndHarness } from '../grpc/front-end-harness.ts';

let harness: FrontEndHarness;

before(async () => {
	harness = await FrontEndHarness.open();
});
after(() => harness.close());
beforeEach(() => {
	const { lane } = harness;
	lane.leaderView = { ...lane.leaderView, leader: lane.selfSlot };
	lane.isLearner = false;
	lane.refusal = 0;
});

async function get(path: string): Promise<readonly [number, string]> {
	const response = await fetch(`${harness.url}${path}`);
	return [response.status, await response.text()];
}

/** While the alarm is on. */
async function alarmed(kind: AlarmKind, work: () => Promise<void>): Promise<void> {
	const set = (action: number) => harness.lane.reader.write((view) => executeAlarm(view, { action, memberId: 5n, alarm: kind }));
	set(ALARM_ACTION.activate);
	await work();
	set(ALARM_ACTION.deactivate);
}

test('http: health: an alarm is told by its name before anything else, unless it is excluded', async () => {
	await alarmed(ALARM.noSpace, async () => {
		assert.deepEqual(await get('/health'), [503, '{"health":"false","reason":"ALARM NOSPACE"}']);
		assert.deepEqual(await get('/health?serializable=true'), [503, '{"health":"false","reason":"ALARM NOSPACE"}']);
		assert.deepEqual(await get('/health?exclude=CORRUPT&exclude=NOSPACE'), [200, '{"health":"true","reason":""}']);
	});
	assert.deepEqual(await get('/health'), [200, '{"health":"true","reason":""}']);
});

test('http: health: without a leader only a serializable look is well', async () => {
	harness.lane.leaderView = { ...harness.lane.leaderView, leader: NOBODY };
	assert.deepEqual(await get('/health'), [503, '{"health":"false","reason":"RAFT NO LEADER"}']);
	assert.deepEqual(await get('/health?serializable=true'), [200, '{"health":"true","reason":""}']);
});

test('http: livez: lives without a leader, and says no more than ok unless it is asked', async () => {
	harness.lane.refusal = CODES.no_leader.code;
	assert.deepEqual(await get('/livez'), [200, 'ok\n']);
	assert.deepEqual(await get('/livez?verbose'), [200, '[+]serializable_read ok\nok\n']);
	assert.deepEqual(await get('/livez/serializable_read'), [200, 'ok\n']);
});

test('http: readyz: every check has a line, the failing ones say why, and one failing is enough', async () => {
	const all = '[+]data_corruption ok\n[+]serializable_read ok\n[+]linearizable_read ok\n[+]non_learner ok\n';
	assert.deepEqual(await get('/readyz?verbose'), [200, `${all}ok\n`]);
	harness.lane.refusal = CODES.timeout.code;
	const failed = all.replace('[+]linearizable_read ok', `[-]linearizable_read failed: ${CODES.timeout.text}`);
	assert.deepEqual(await get('/readyz'), [503, `${failed}\n`]);
});

test('http: readyz: a check that is excluded is not asked, and unknown names do no harm', async () => {
	harness.lane.isLearner = true;
	assert.deepEqual(await get('/readyz/non_learner'), [503, '[-]non_learner failed: not supported for learner\n\n']);
	assert.deepEqual(await get('/readyz?exclude=non_learner&exclude=nonsense'), [200, 'ok\n']);
	assert.deepEqual(await get('/readyz/non_learner?exclude=non_learner'), [503, '[-]non_learner failed: not supported for learner\n\n']);
});

test('http: readyz: data that is corrupt is no data', async () => {
	await alarmed(ALARM.corrupt, async () => {
		assert.deepEqual(await get('/readyz/data_corruption'), [503, '[-]data_corruption failed: alarm activated: CORRUPT\n\n']);
	});
});

test('http: readyz: checks without a path of their own, and other methods, are refused as Go refuses them', async () => {
	assert.equal((await get('/readyz/nonsense'))[0], 404);
	assert.equal((await get('/livez/non_learner'))[0], 404);
	const posted = await fetch(`${harness.url}/readyz`, { method: 'POST', body: 'x' });
	assert.deepEqual([posted.status, posted.headers.get('allow'), await posted.text()], [405, 'GET', 'Method Not Allowed\n']);
});

test('http: readyz: answers are counted by check', async () => {
	const before = await counted();
	await get('/readyz/serializable_read');
	assert.equal((await counted()) - before, 1);
});

async function counted(): Promise<number> {
	const [, page] = await get('/metrics');
	const line = /^etcd_server_healthchecks_total\{type="readyz",name="serializable_read",status="success"\} (\d+)$/m.exec(page);
	return Number(line?.[1] ?? 0);
}
