import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import {
	decodeLeaseCheckpoint,
	decodeLeaseExpire,
	decodeLeaseGrant,
	decodeLeaseKeepAlive,
	decodeLeaseRevoke,
	decodeLeaseTimeToLive,
	encodeLeaseCheckpoint,
	encodeLeaseExpire,
	encodeLeaseGrant,
	encodeLeaseGrantResponse,
	encodeLeaseKeepAliveResponse,
	encodeLeaseLeasesResponse,
	encodeLeaseRevokeResponse,
	encodeLeaseTimeToLiveResponse,
} from '../../../src/rpc/lease-codec.ts';
import { longFromBigint } from '../../../src/rpc/long-id.ts';
import { makeHeaderIds } from '../../../src/rpc/response-header.ts';

const id = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constantFrom(1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n));
const seconds = fc.nat({ max: 9_000_000_000 });
const HEADER = { ids: makeHeaderIds(0xabcn, 2n ** 64n - 1n), revision: 5, term: 3 };

test('rpc: lease codec: ids of commands and requests are int64, to the bit', () => {
	fc.assert(
		fc.property(id, seconds, fc.array(id), (one, ttl, many) => {
			assert.deepEqual(decodeLeaseGrant(encodeLeaseGrant({ id: one, ttl })), { kind: 'lease_grant', id: one, ttl });
			assert.deepEqual(decodeLeaseRevoke(pb.LeaseRevokeRequest.encode({ ID: longFromBigint(one) }).finish()), { kind: 'lease_revoke', id: one });
			assert.deepEqual(decodeLeaseKeepAlive(pb.LeaseKeepAliveRequest.encode({ ID: longFromBigint(one) }).finish()), { id: one });
			const request = pb.LeaseTimeToLiveRequest.encode({ ID: longFromBigint(one), keys: true }).finish();
			assert.deepEqual(decodeLeaseTimeToLive(request), { id: one, keys: true });
			const checkpoints = many.map((each) => ({ id: each, remaining: ttl }));
			assert.deepEqual(decodeLeaseCheckpoint(encodeLeaseCheckpoint(checkpoints)), checkpoints);
			assert.deepEqual(decodeLeaseExpire(encodeLeaseExpire(many)), many);
		}),
	);
});

test('rpc: lease codec: responses read as the protocol says', () => {
	fc.assert(
		// No lease has the id 0, which is left out on the wire.
		fc.property(
			id.filter((each) => each !== 0n),
			seconds,
			fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 })),
			(one, ttl, keys) => {
				const grant = pb.LeaseGrantResponse.decode(encodeLeaseGrantResponse(HEADER, { kind: 'lease_grant', revision: 5, id: one, ttl }));
				assert.deepEqual([String(grant.ID), Number(grant.TTL), String(grant.header?.revision)], [String(one), ttl, '5']);
				const renewed = pb.LeaseKeepAliveResponse.decode(encodeLeaseKeepAliveResponse(HEADER, one, ttl));
				assert.deepEqual([String(renewed.ID), Number(renewed.TTL)], [String(one), ttl]);
				const told = pb.LeaseTimeToLiveResponse.decode(encodeLeaseTimeToLiveResponse(HEADER, { id: one, remaining: -1, granted: ttl, keys }));
				assert.deepEqual([String(told.ID), Number(told.TTL), Number(told.grantedTTL)], [String(one), -1, ttl]);
				assert.deepEqual(
					(told.keys ?? []).map((key) => [...key]),
					keys.map((key) => [...key]),
				);
				const list = pb.LeaseLeasesResponse.decode(encodeLeaseLeasesResponse(HEADER, [one, 1n]));
				assert.deepEqual(
					(list.leases ?? []).map(({ ID }) => String(ID)),
					[String(one), '1'],
				);
				assert.equal(String(pb.LeaseRevokeResponse.decode(encodeLeaseRevokeResponse(HEADER)).header?.raft_term), '3');
			},
		),
	);
});

test('rpc: lease codec: bytes that are no message are none', () => {
	const torn = new Uint8Array([0x08]);
	for (const decode of [decodeLeaseGrant, decodeLeaseRevoke, decodeLeaseKeepAlive, decodeLeaseTimeToLive, decodeLeaseCheckpoint, decodeLeaseExpire]) {
		assert.equal(decode(torn), null, decode.name);
	}
});
