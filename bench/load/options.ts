/** What `npm run bench` can be told. Used by bench/run.ts. */
import { parseArgs } from 'node:util';

export const MODES = ['put', 'get', 'get-serializable', 'mixed'] as const;
export type Mode = (typeof MODES)[number];

export interface Row {
	readonly mode: Mode;
	readonly clients: number;
}

export interface BenchOptions {
	readonly rows: readonly Row[];
	readonly runs: number;
	readonly seconds: number;
	readonly warmupSeconds: number;
	readonly members: number;
	/** host:port of servers that run already, or null to start quorate. */
	readonly target: readonly string[] | null;
	readonly against: 'etcd' | null;
	readonly seed: number;
	readonly keys: number;
	readonly valueBytes: number;
	/** 0: one a client, at most 100. */
	readonly connections: number;
	readonly isBuilt: boolean;
	/** Where data directories go: the disk that is measured. */
	readonly dataRoot: string;
}

export const HELP = `npm run bench -- watch --help     watchers, instead of what follows
npm run bench -- million-keys --help   a store of a million keys
npm run bench -- auth --help    what access control costs
npm run bench -- leader-latency --help  constant rates, links, fail-over
npm run bench -- compare A.json B.json  what differs between two results, and what is noise
npm run bench -- sweep --help   which placement and lanes suit this machine
npm run bench -- [options]
  --target URL[,URL]   measure servers that run already; default: start quorate
  --members N          members to start, 1 or 3 (1)
  --against etcd       start etcd beside it, interleave the two, print ratios
  --rows LIST          such as put@1,get@100,mixed@1000; modes: ${MODES.join(', ')}
  --runs N             runs of each row and system (5)
  --seconds S          measured time of a run (3), after --warmup S (1)
  --keys N             size of the key space (10000), --value-bytes N (256)
  --connections N      connections that the clients share (0: one a client, at most 100)
  --seed N             of keys, values and mix (drawn and printed)
  --data-root DIR      where data directories go (.prove/bench): the disk that is measured
  --no-build           run dist/ as it is`;

/** Throws an Error whose message is for the person at the keyboard. */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
	const text = { type: 'string' } as const;
	const { values } = parseArgs({
		args: [...args],
		options: {
			target: text,
			members: text,
			against: text,
			rows: text,
			runs: text,
			seconds: text,
			warmup: text,
			keys: text,
			'value-bytes': text,
			connections: text,
			seed: text,
			'data-root': text,
			'no-build': { type: 'boolean' },
			help: { type: 'boolean' },
		},
	});
	if (values.help === true) {
		return 'help';
	}
	if (values.against !== undefined && values.against !== 'etcd') {
		throw new Error(`--against ${values.against}: only etcd is known`);
	}
	const members = positive('--members', values.members ?? '1', 1);
	if (members !== 1 && members !== 3) {
		throw new Error(`--members ${members}: 1 or 3`);
	}
	return {
		rows: parseRows(values.rows ?? MODES.flatMap((mode) => [1, 100, 1000].map((clients) => `${mode}@${clients}`)).join(',')),
		runs: positive('--runs', values.runs ?? '5', 1),
		seconds: positive('--seconds', values.seconds ?? '3', 0.1),
		warmupSeconds: positive('--warmup', values.warmup ?? '1', 0),
		members,
		target: values.target === undefined ? null : values.target.split(',').map(hostAndPort),
		against: values.against === 'etcd' ? 'etcd' : null,
		seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : positive('--seed', values.seed, 0),
		keys: positive('--keys', values.keys ?? '10000', 1),
		valueBytes: positive('--value-bytes', values['value-bytes'] ?? '256', 1),
		connections: positive('--connections', values.connections ?? '0', 0),
		isBuilt: values['no-build'] === true,
		dataRoot: values['data-root'] ?? '.prove/bench',
	};
}

export function rowName({ mode, clients }: Row): string {
	return `${mode}@${clients}`;
}

function parseRows(list: string): readonly Row[] {
	return list.split(',').map((name) => {
		const [modeName, count] = name.split('@');
		const mode = MODES.find((known) => known === modeName);
		if (mode === undefined || count === undefined) {
			throw new Error(`--rows ${name}: not MODE@CLIENTS with a mode of ${MODES.join(', ')}`);
		}
		return { mode, clients: positive('--rows', count, 1) };
	});
}

function positive(option: string, value: string, least: number): number {
	const number = Number(value);
	if (!Number.isFinite(number) || number < least) {
		throw new Error(`${option} ${value}: a number, at least ${least}`);
	}
	return number;
}

function hostAndPort(target: string): string {
	if (!URL.canParse(target) || !target.startsWith('http://')) {
		throw new Error(`--target ${target}: must begin with http://`);
	}
	return new URL(target).host;
}
