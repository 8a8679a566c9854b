import type { Envelope } from '../../../src/raft/message.ts';
import * as print from '../print.ts';
import type { Verb } from '../runner.ts';

/** deliver TO [from=SLOT] [kind=KIND] [drop] [keep]: everything that waits for this member arrives, and it takes its turn. keep: a copy stays. */
export const deliver: Verb = (stage, { words, options }) => {
	const to = Number(words[0]);
	const isMeant = (envelope: Envelope): boolean =>
		envelope.to === to &&
		(!options.has('from') || envelope.from === Number(options.get('from'))) &&
		(!options.has('kind') || envelope.message.kind === options.get('kind'));
	const meant = stage.wire.filter(isMeant);
	if (!words.includes('keep')) {
		stage.wire = stage.wire.filter((envelope) => !isMeant(envelope));
	}
	if (words.includes('drop')) {
		return meant.map((envelope) => `lost: ${print.envelope(envelope)}`);
	}
	const lines = meant.flatMap((envelope) => stage.deliver(envelope));
	return [...lines, ...stage.turn(stage.actor(to))];
};
