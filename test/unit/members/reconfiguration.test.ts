import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Slot } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { type Circumstances, isReady, mayAddVoter, mayPromote, mayRemove, mayReplace } from '../../../src/members/reconfiguration.ts';

/**
 * One letter a member, the first one leads. v: voter, there; d: voter, down; n: voter that has not started (and is not there);
 * l: learner that has everything; b: learner that is behind. Ids are the places: '1', '2', ...
 */
function cluster(letters: string): Circumstances {
	const all = [...letters].map((letter, i) => ({ letter, slot: (i + 1) as Slot }));
	return {
		members: all.map(({ letter, slot }) => {
			const isLearner = letter === 'l' || letter === 'b';
			return { slot, id: String(slot), name: letter === 'n' ? '' : `m${slot}`, peerUrls: [], clientUrls: [], learner: isLearner };
		}),
		progress: all.map(({ letter, slot }) => ({ slot, match: (letter === 'b' ? 89 : 100) as Index, isActive: letter !== 'd' && letter !== 'n' })),
	};
}

const { ok, not_enough_started: few, unhealthy, learner_not_ready: behind } = CODES;

const ADDITIONS = [
	['v', ok, 'one alone may get a second, to be made safe'],
	['vv', ok, 'two of three are there'],
	['vvv', ok, 'three of four are there'],
	['vvd', unhealthy, 'with one down, the fourth would leave two of four'],
	['vvvvd', ok, 'four of six are there'],
	['vn', few, 'one of three has started'],
	['vvn', few, 'two of four have started'],
	['vvvl', ok, 'a learner does not count'],
] as const;
for (const [letters, { code }, why] of ADDITIONS) {
	test(`members: reconfiguration: a voter more for ${letters}: ${why}`, () => {
		assert.equal(mayAddVoter(cluster(letters)), code);
	});
}

const REMOVALS = [
	['v', '1', few, 'nobody would be left'],
	['vv', '2', ok, 'the one that is left decides alone'],
	['vvv', '1', ok, 'two of two are there'],
	['vvd', '3', ok, 'one that nobody hears is no loss'],
	['vvd', '2', unhealthy, 'one of two would be there'],
	['vdd', '3', ok, 'one that nobody hears is no loss'],
	['vvn', '2', few, 'one of two would have started'],
	['vvn', '3', ok, 'the one that never started'],
	['vvdl', '4', ok, 'a learner does not count'],
	['vvv', '9', ok, 'nobody: the store will say so'],
] as const;
for (const [letters, id, { code }, why] of REMOVALS) {
	test(`members: reconfiguration: ${letters} without ${id}: ${why}`, () => {
		assert.equal(mayRemove(cluster(letters), id), code);
	});
}

const READINESS = [
	['vvvl', '4', ok, 'it has everything'],
	['vvvb', '4', behind, 'it has less than nine tenths'],
	['vvvb', '9', ok, 'nobody: the store will say so'],
] as const;
for (const [letters, id, { code }, why] of READINESS) {
	test(`members: reconfiguration: a vote for ${id} of ${letters}: ${why}`, () => {
		assert.equal(isReady(cluster(letters), id), code);
	});
}

const PROMOTIONS = [
	['vl', ok],
	['vvvl', ok],
	['vnl', ok],
	['vnnl', few],
] as const;
for (const [letters, { code }] of PROMOTIONS) {
	test(`members: reconfiguration: a promotion in ${letters} ${code === 0 ? 'leaves' : 'would not leave'} a majority that has started`, () => {
		assert.equal(mayPromote(cluster(letters)), code);
	});
}

const REPLACEMENTS = [
	['vvv', '3', null, ok, 'the two that stay are two of three'],
	['vvd', '3', null, ok, 'the one that is down goes'],
	['vvd', '2', null, unhealthy, 'one of three would be there'],
	['v', '1', null, few, 'the newcomer would be alone'],
	['vl', '1', '2', ok, 'a learner that has started may stand alone'],
	['vv', '2', null, few, 'one of two would have started'],
	['vvl', '2', '3', ok, 'with the learner two of two are there'],
	['vvvl', '1', '4', ok, 'the leader may go as well'],
	['vdvl', '1', '4', ok, 'one, and the learner, of three are there'],
	['vddl', '2', '4', unhealthy, 'the former three have no majority to decide it'],
	['vvnl', '2', '4', ok, 'two of three have started'],
	['vvn', '2', null, few, 'one of three would have started'],
	['vvvl', '4', null, ok, 'no voter: the store will say so'],
	['vvv', '9', null, ok, 'nobody: the store will say so'],
] as const;
for (const [letters, replaces, promotes, { code }, why] of REPLACEMENTS) {
	test(`members: reconfiguration: in ${letters} ${promotes ?? 'a newcomer'} for ${replaces}: ${why}`, () => {
		assert.equal(mayReplace(cluster(letters), { replaces, promotes }), code);
	});
}
