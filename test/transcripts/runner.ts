/** Plays a script on a fresh stage: each command line goes to the verb of its name, and what it returns is what the transcript shows. */
import { must } from '../../src/base/assert.ts';
import { type Block, type Command, formatScript, parseCommand, parseScript } from './script.ts';
import { Stage } from './stage.ts';
import { apply } from './verbs/apply.ts';
import { campaign } from './verbs/campaign.ts';
import { change } from './verbs/change.ts';
import { checkpoint } from './verbs/checkpoint.ts';
import { cluster } from './verbs/cluster.ts';
import { crash } from './verbs/crash.ts';
import { cut, heal } from './verbs/cut.ts';
import { deliver } from './verbs/deliver.ts';
import { flush } from './verbs/flush.ts';
import { link } from './verbs/link.ts';
import { log } from './verbs/log.ts';
import { member } from './verbs/member.ts';
import { propose } from './verbs/propose.ts';
import { read } from './verbs/read.ts';
import { snapshot } from './verbs/snapshot.ts';
import { spare } from './verbs/spare.ts';
import { stabilize } from './verbs/stabilize.ts';
import { status } from './verbs/status.ts';
import { tick } from './verbs/tick.ts';
import { transfer } from './verbs/transfer.ts';
import { turn } from './verbs/turn.ts';

export type Verb = (stage: Stage, command: Command) => readonly string[];

const VERBS: Readonly<Record<string, Verb>> = {
	apply,
	campaign,
	change,
	checkpoint,
	cluster,
	crash,
	cut,
	deliver,
	flush,
	heal,
	link,
	log,
	member,
	propose,
	read,
	snapshot,
	spare,
	stabilize,
	status,
	tick,
	transfer,
	turn,
};

/** The script with what it prints now. */
export function play(text: string): string {
	const { blocks, after } = parseScript(text);
	const stage = new Stage();
	const played = blocks.map((block): Block => {
		const command = parseCommand(block.line);
		const verb = must(VERBS[command.verb], `verb ${command.verb}`);
		const output = playLine(() => verb(stage, command), block.line);
		return { ...block, output: output.length === 0 ? ['nothing'] : output };
	});
	return formatScript(played, after);
}

function playLine(run: () => readonly string[], line: string): readonly string[] {
	try {
		return run();
	} catch (error) {
		throw new Error(`at "${line}": ${error instanceof Error ? error.message : error}`, { cause: error });
	}
}
