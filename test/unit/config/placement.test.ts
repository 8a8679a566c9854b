import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePlacement } from '../../../src/config/placement.ts';

function shape(placement: string, apiLanes: number, cores: number, watchLanes = 1): string {
	const placed = makePlacement({ placement, lanes: { api: apiLanes, watch: watchLanes }, cores });
	return placed.ok ? placed.groups.map((group) => group.map(({ role, lane }) => `${role}${lane}`).join('+')).join(' ') : placed.rule;
}

test('config: placement: own gives every role and every lane a thread', () => {
	assert.equal(shape('own', 2, 1), 'raft0 log0 store0 peer0 watch0 api0 api1');
});

test('config: placement: single puts all lanes on the one thread', () => {
	assert.equal(shape('single', 2, 8), 'raft0+log0+store0+peer0+watch0+api0+api1');
});

test('config: placement: auto goes by the number of cores', () => {
	assert.equal(shape('auto', 1, 1), shape('single', 1, 1));
	assert.equal(shape('auto', 1, 3), shape('single', 1, 3));
	assert.equal(shape('auto', 1, 4), shape('own', 1, 4));
});

test('config: placement: lanes stay with the roles that api is grouped with', () => {
	assert.equal(shape('raft+log+peer, watch, store+api', 2, 1), 'raft0+log0+peer0 watch0 store0+api0+api1');
});

test('config: placement: watch lanes have threads of their own, or stay with the roles that watch is grouped with', () => {
	assert.equal(shape('own', 1, 1, 2), 'raft0 log0 store0 peer0 watch0 watch1 api0');
	assert.equal(shape('raft+log+peer,store,watch+api', 2, 1, 2), 'raft0+log0+peer0 store0 watch0+watch1+api0+api1');
});

test('config: placement: an unknown, missing or repeated role is named', () => {
	assert.match(shape('raft+log+peer,store,watch,apo', 1, 1), /"apo" is none/);
	assert.match(shape('raft+log+peer,api', 1, 1), /store, watch missing/);
	assert.match(shape('raft+log+peer,store,watch,api,raft', 1, 1), /raft is there twice/);
	assert.match(shape('', 1, 1), /"" is none/);
});
