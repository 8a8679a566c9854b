import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError, type FatalReason } from '../../../src/base/fatal.ts';
import { heartbeat, LoneMember, type LoneOptions } from '../../paper/lone-member.ts';

const isFatal =
	(reason: FatalReason) =>
	(error: unknown): boolean =>
		error instanceof FatalError && error.reason === reason;

const DAMAGE: readonly (readonly [string, LoneOptions, FatalReason])[] = [
	['counts entries as committed that it does not hold', { terms: [1], commit: 2, applied: 1 }, 'log_damaged'],
	['lacks entries that the store has applied', { terms: [1], commit: 1, applied: 2 }, 'log_lost'],
];
for (const [what, options, reason] of DAMAGE) {
	test(`raft: boot: a log that ${what} ends the process`, () => {
		throws(() => new LoneMember(options), isFatal(reason));
	});
}

test('raft: boot: a member campaigns only after its store has caught up with what the log knows as committed', () => {
	const member = new LoneMember({ terms: [1, 1, 1], commit: 3, applied: 1 });
	member.tick(40);
	equal(member.core.status().role, 'follower');
});

test('raft: boot: without the advance of the first ticks it waits its whole patience', () => {
	const member = new LoneMember();
	member.tick(9);
	equal(member.core.status().role, 'follower');
});

test('raft: boot: with it, a leader that is heard in the first tick keeps its place', () => {
	const member = new LoneMember({ config: { initialTickAdvance: true } });
	member.receive(2, 1, heartbeat());
	member.tick(9);
	equal(member.core.status().role, 'follower');
});
