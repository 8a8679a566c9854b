/** What `npm run bench -- watch` can be told, and its rows. Used by bench/watch.ts. */
import { parseArgs } from 'node:util';
import type { WatchLoad } from './watch-client.ts';

export interface WatchRow {
	readonly name: string;
	readonly about: string;
	readonly load: Omit<WatchLoad, 'endpoints' | 'warmupSeconds' | 'seconds' | 'seed' | 'valueBytes'>;
}

export const WATCH_ROWS: readonly WatchRow[] = [
	{
		name: 'one-key-100',
		about: '10,000 watchers of one key, 100 a stream; a put when all have had the last',
		load: { watchers: 10_000, perStream: 100, connections: 10, ownKeys: false, slow: 0, closedLoop: true, writers: 1 },
	},
	{
		name: 'one-key-1',
		about: '10,000 watchers of one key, a stream each; a put when all have had the last',
		load: { watchers: 10_000, perStream: 1, connections: 10, ownKeys: false, slow: 0, closedLoop: true, writers: 1 },
	},
	{
		name: 'own-keys',
		about: '100,000 watchers of as many keys, 100 a stream; 50 clients put',
		load: { watchers: 100_000, perStream: 100, connections: 10, ownKeys: true, slow: 0, closedLoop: false, writers: 50 },
	},
	{
		name: 'fast',
		about: '100 watchers of one key, 10 a stream; 10 clients put',
		load: { watchers: 100, perStream: 10, connections: 10, ownKeys: false, slow: 0, closedLoop: false, writers: 10 },
	},
	{
		name: 'fast-and-slow',
		about: 'the same, and 1,000 watchers beside them whose connections take 16 KiB a stream and no more',
		load: { watchers: 100, perStream: 10, connections: 10, ownKeys: false, slow: 1_000, closedLoop: false, writers: 10 },
	},
];

export interface WatchBenchOptions {
	readonly rows: readonly WatchRow[];
	readonly runs: number;
	readonly seconds: number;
	readonly warmupSeconds: number;
	readonly against: 'etcd' | null;
	readonly valueBytes: number;
	readonly seed: number;
	readonly isBuilt: boolean;
	readonly dataRoot: string;
}

export const WATCH_HELP = `npm run bench -- watch [options]
  --against etcd       start etcd beside it, interleave the two
  --rows LIST          of ${WATCH_ROWS.map(({ name }) => name).join(', ')} (all)
  --runs N             runs of each row and system (5), --seconds S of putting in each (3), after --warmup S (2)
  --value-bytes N      (256), --seed N
  --data-root DIR      where data directories go (.prove/bench)
  --no-build           run dist/ as it is`;

/** Throws an Error whose message is for the person at the keyboard. */
export function parseWatchOptions(args: readonly string[]): WatchBenchOptions | 'help' {
	const text = { type: 'string' } as const;
	const { values } = parseArgs({
		args: [...args],
		options: {
			against: text,
			rows: text,
			runs: text,
			seconds: text,
			warmup: text,
			'value-bytes': text,
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
	return {
		rows: values.rows === undefined ? WATCH_ROWS : values.rows.split(',').map(rowNamed),
		runs: atLeast('--runs', values.runs ?? '5', 1),
		seconds: atLeast('--seconds', values.seconds ?? '3', 0.1),
		warmupSeconds: atLeast('--warmup', values.warmup ?? '2', 0.1),
		against: values.against === 'etcd' ? 'etcd' : null,
		valueBytes: atLeast('--value-bytes', values['value-bytes'] ?? '256', 8),
		seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : atLeast('--seed', values.seed, 0),
		isBuilt: values['no-build'] === true,
		dataRoot: values['data-root'] ?? '.prove/bench',
	};
}

function rowNamed(name: string): WatchRow {
	const row = WATCH_ROWS.find((known) => known.name === name);
	if (row === undefined) {
		throw new Error(`--rows ${name}: one of ${WATCH_ROWS.map((known) => known.name).join(', ')}`);
	}
	return row;
}

function atLeast(option: string, value: string, least: number): number {
	const number = Number(value);
	if (!Number.isFinite(number) || number < least) {
		throw new Error(`${option} ${value}: a number, at least ${least}`);
	}
	return number;
}
