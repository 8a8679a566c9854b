/** Runs a real client's commands against one system and writes down what a person would see, so that two systems can be compared as text. */
import assert from 'node:assert/strict';
import type { Member } from '../support/member.ts';
import { run } from '../support/run.ts';
import type { Rule } from './known-differences.ts';
import { known } from './known-differences.ts';
import type { Pair } from './pair.ts';

export interface Command {
	readonly program: string;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly input?: string;
}

/** The commands one after the other, each with what it printed and its exit code. A client that is not installed fails the test. */
export async function record(member: Member, commands: readonly Command[], rules: readonly Rule[]): Promise<string> {
	const lines: string[] = [];
	for (const { program, args, env, input } of commands) {
		const result = await run(program, args, { env: env ?? {}, input: input ?? '' });
		const seen = [`$ ${program} ${args.join(' ')}`, result.stdout, `-- stderr: ${result.stderr}`, `-- exit: ${result.code ?? result.signal}`];
		lines.push(...seen.map((text) => normalise(member, text, rules)));
	}
	return lines.join('\n');
}

/** Addresses are each system's own; what else is hidden, the rules hide. */
export function normalise(member: Member, seen: string, rules: readonly Rule[]): string {
	return [...addressRules(member), ...rules].reduce((text, rule) => rule(text), seen);
}

function addressRules(member: Member): Rule[] {
	return [[member.clientUrl, 'CLIENT'] as const, [member.peerUrl, 'PEER'] as const].map(([url, name]) =>
		known('addresses', new RegExp(new URL(url).host.replaceAll('.', '\\.'), 'g'), name),
	);
}

export interface Scenario {
	readonly commands: readonly Command[];
	readonly rules: readonly Rule[];
}

/** The same scenario on both systems, which must show the same. It is asked for once for each, so that it may name the system's addresses. */
export async function compare(pair: Pair, scenario: (member: Member) => Promise<Scenario> | Scenario): Promise<void> {
	const wanted = await recordOn(pair.etcd, scenario);
	const seen = await recordOn(pair.quorate, scenario);
	assert.equal(seen, wanted, 'quorate (actual) does not show what etcd (expected) shows');
}

async function recordOn(member: Member, scenario: (member: Member) => Promise<Scenario> | Scenario): Promise<string> {
	const { commands, rules } = await scenario(member);
	return record(member, commands, rules);
}
