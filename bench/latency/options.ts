/** What `npm run bench -- leader-latency` can be told. Used by bench/latency. */
import { parseArgs } from 'node:util';
import { MODES, type Mode } from '../load/options.ts';
import { type Scenario, scenariosNamed, scenariosOf } from './scenarios.ts';

export interface LatencyOptions {
	readonly scenarios: readonly Scenario[];
	readonly modes: readonly Mode[];
	readonly against: 'etcd' | null;
	readonly firstRate: number;
	readonly mostRate: number;
	readonly runs: number;
	readonly seconds: number;
	readonly warmupSeconds: number;
	readonly drainSeconds: number;
	/** Empty: no knees are searched. Milliseconds. */
	readonly kneeLimits: readonly number[];
	readonly failOvers: readonly Scenario[];
	readonly kills: number;
	readonly connections: number;
	readonly outstandingMax: number;
	readonly keys: number;
	readonly valueBytes: number;
	readonly seed: number;
	/** More flags of quorate. */
	readonly flags: readonly string[];
	readonly isBuilt: boolean;
	readonly dataRoot: string;
	readonly out: string | null;
}

export const LATENCY_HELP = `npm run bench -- leader-latency [options]
  --against etcd       start etcd beside it, run by run in turns
  --members LIST       sizes of clusters (1,3); 5 too
  --scenarios LIST     of those, default all: N, N-follower, N-slow, N-down, N-1ms, N-10ms, N-50ms, N-150ms
  --modes LIST         ${MODES.join(', ')} (put,get,mixed; only the first one where a link or a member is at fault)
  --rates FIRST-MOST   requests a second: FIRST, and double, until MOST or what no system holds (250-64000)
  --runs N             runs of each rate and system (5), --seconds S of each (2), after --warmup S (0.5)
  --drain S            how long answers are awaited after a run (3)
  --knees LIST         limits of p99 in milliseconds whose highest rate is searched (10,25,50); none
  --fail-over LIST     scenarios in which the leader is killed (3,3-1ms); none
  --kills N            (50)
  --connections N      (16), --outstanding N  most requests that are out (4096)
  --keys N             (10000), --value-bytes N (256), --seed N (drawn and printed)
  --flags 'FLAGS'      more flags of quorate, separated by spaces
  --data-root DIR      where data directories go (.prove/bench): the disk that is measured
  --out NAME           bench/results/NAME.json and .html (leader-latency, the time and the commit)
  --no-build           run dist/ as it is
  --quick              one short run of each, two kills: to see that it works, not to measure`;

const QUICK = { runs: '1', seconds: '1', warmup: '0.3', drain: '1', kills: '2', rates: '500-4000', knees: '25' } as const;
const TEXTS = 'members scenarios modes rates runs seconds warmup drain knees kills connections outstanding keys value-bytes seed against'.split(' ');

/** Throws an Error whose message is for the person at the keyboard. */
export function parseLatencyOptions(args: readonly string[]): LatencyOptions | 'help' {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	const names = Object.fromEntries([...TEXTS, 'fail-over', 'flags', 'data-root', 'out'].map((name) => [name, text]));
	const parsed = parseArgs({ args: [...args], options: { ...names, 'no-build': flag, quick: flag, help: flag } });
	const values: Readonly<Record<string, unknown>> = parsed.values;
	if (values['help'] === true) {
		return 'help';
	}
	const quick: Readonly<Record<string, string>> = values['quick'] === true ? QUICK : {};
	const given = (name: string, otherwise: string): string => {
		const value: unknown = values[name];
		return typeof value === 'string' ? value : (quick[name] ?? otherwise);
	};
	const number = (name: string, otherwise: number, least: number): number => atLeast(name, given(name, `${otherwise}`), least);
	if (given('against', 'etcd') !== 'etcd') {
		throw new Error(`--against ${given('against', '')}: only etcd is known`);
	}
	const sizes = listOf(given('members', '1,3')).map((size) => memberCount(size));
	const rates = given('rates', '250-64000').split('-');
	return {
		scenarios: values['scenarios'] === undefined ? sizes.flatMap(scenariosOf) : scenariosNamed(listOf(given('scenarios', '')), sizes),
		modes: listOf(given('modes', 'put,get,mixed')).map(modeNamed),
		against: values['against'] === undefined ? null : 'etcd',
		firstRate: atLeast('rates', rates[0] ?? '', 1),
		mostRate: atLeast('rates', rates[1] ?? rates[0] ?? '', 1),
		runs: number('runs', 5, 1),
		seconds: number('seconds', 2, 0.1),
		warmupSeconds: number('warmup', 0.5, 0),
		drainSeconds: number('drain', 3, 0),
		kneeLimits: listOf(given('knees', '10,25,50')).map((limit) => atLeast('knees', limit, 0.1)),
		failOvers: scenariosNamed(listOf(given('fail-over', sizes.includes(3) ? '3,3-1ms' : 'none')), sizes).map(hasSurvivors),
		kills: number('kills', 50, 1),
		connections: number('connections', 16, 1),
		outstandingMax: number('outstanding', 4_096, 1),
		keys: number('keys', 10_000, 1),
		valueBytes: number('value-bytes', 256, 1),
		seed: values['seed'] === undefined ? Math.floor(Math.random() * 2 ** 31) : number('seed', 0, 0),
		flags: listOf(given('flags', ''), ' '),
		isBuilt: values['no-build'] === true,
		dataRoot: given('data-root', '.prove/bench'),
		out: values['out'] === undefined ? null : given('out', ''),
	};
}

function listOf(text: string, separator = ','): readonly string[] {
	return text === 'none' ? [] : text.split(separator).filter((each) => each !== '');
}

function modeNamed(name: string): Mode {
	const mode = MODES.find((known) => known === name);
	if (mode === undefined) {
		throw new Error(`--modes ${name}: one of ${MODES.join(', ')}`);
	}
	return mode;
}

function memberCount(text: string): number {
	const count = Number(text);
	if (![1, 3, 5].includes(count)) {
		throw new Error(`--members ${text}: 1, 3 or 5`);
	}
	return count;
}

function hasSurvivors(scenario: Scenario): Scenario {
	if (scenario.members < 3 || scenario.isOneDown) {
		throw new Error(`--fail-over ${scenario.name}: without the leader there must be a majority`);
	}
	return scenario;
}

function atLeast(option: string, value: string, least: number): number {
	const number = Number(value);
	if (value === '' || !Number.isFinite(number) || number < least) {
		throw new Error(`--${option} ${value}: a number, at least ${least}`);
	}
	return number;
}
