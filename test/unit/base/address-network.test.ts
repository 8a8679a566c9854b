import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from '../../../src/base/address-network.ts';

for (const [address, network] of [
	['127.0.0.1', '127.0.0.1'],
	['::ffff:10.0.0.1', '10.0.0.1'],
	['::1', '0:0:0:0'],
	['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
	['2001:db8:1:2::6', '2001:db8:1:2'],
	['2001:db8::6', '2001:db8:0:0'],
	['2001:db8::4:5:6', '2001:db8:0:0'],
	['2001::2:3:4:5:6:7', '2001:0:2:3'],
	['fe80::1%eth0', 'fe80:0:0:0'],
] as const) {
	test(`address network: ${address} is of ${network}`, () => {
		assert.equal(networkOf(address), network);
	});
}
