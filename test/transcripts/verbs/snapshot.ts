import { must } from '../../../src/base/assert.ts';
import * as print from '../print.ts';
import type { Verb } from '../runner.ts';

/** snapshot [fail] [silent]: the next snapshot that was wanted is sent and arrives, or fails; silent: its sender does not hear of it. */
export const snapshot: Verb = (stage, { words }) => {
	const { from, to, path, state } = must(stage.snapshots.shift(), 'a snapshot that is wanted');
	const { index, term } = state.applied;
	const sender = stage.actor(from);
	const isSent = !words.includes('fail');
	const lines = [`snapshot ${print.point(state.applied)} from ${from} to ${to} ${isSent ? 'arrives' : 'fails'}`];
	if (isSent) {
		const leaderTerm = sender.core.status().term;
		stage.step(stage.actor(to), { kind: 'snapshot_received', from, leaderTerm, index, term, path });
		lines.push(...stage.turn(stage.actor(to)));
	}
	if (!words.includes('silent')) {
		stage.step(sender, { kind: 'snapshot_sent', to, index, ok: isSent });
		lines.push(...stage.turn(sender));
	}
	return lines;
};
