import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRPC } from '../../../../src/base/codes.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { FrontEndHarness } from './front-end-harness.ts';

const { DowngradeRequest } = pb;

test('maintenance: downgrade: no version is one to go down to, and there is no job to cancel', async (t) => {
	const harness = await FrontEndHarness.open();
	t.after(() => harness.close());
	const ask = async (action: number, version: string) => {
		const { status, message } = await harness.call('/etcdserverpb.Maintenance/Downgrade', DowngradeRequest.encode({ action, version }).finish());
		return [status, message];
	};
	assert.deepEqual(await ask(0, '3.6'), [GRPC.invalidArgument, 'etcdserver: invalid downgrade target version']);
	assert.deepEqual(await ask(1, '3.6.0'), [GRPC.invalidArgument, 'etcdserver: invalid downgrade target version']);
	assert.deepEqual(await ask(0, 'three'), [GRPC.invalidArgument, 'etcdserver: wrong downgrade target version format']);
	assert.deepEqual(await ask(2, ''), [GRPC.failedPrecondition, 'etcdserver: no inflight downgrade job']);
});
