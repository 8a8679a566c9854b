/** What `npm run bench -- million-keys` can be told. Used by bench/million-keys.ts. */
import { parseArgs } from 'node:util';

export interface SizeOptions {
	readonly keys: number;
	readonly versions: number;
	readonly valueBytes: number;
	readonly runs: number;
	readonly seconds: number;
	readonly perSecond: number;
	readonly isBuilt: boolean;
}

export const SIZE_HELP = `npm run bench -- million-keys [options]
  --keys N             keys, in hundreds (1000000), of --value-bytes N (256), written --versions N times (5)
  --runs N             runs of latencies and of restarts (5)
  --seconds S          of each measure of latencies (5)
  --rate N             requests a second where they come at a constant rate (200)
  --no-build           run dist/ as it is`;

/** Throws an Error whose message is for the person at the keyboard. */
export function parseSizeOptions(args: readonly string[]): SizeOptions | 'help' {
	const text = { type: 'string' } as const;
	const flag = { type: 'boolean' } as const;
	const names = { keys: text, versions: text, 'value-bytes': text, runs: text, seconds: text, rate: text, 'no-build': flag, help: flag };
	const { values } = parseArgs({ args: [...args], options: names });
	if (values.help === true) {
		return 'help';
	}
	const keys = toCount('keys', values.keys ?? '1000000');
	if (keys % 100 !== 0) {
		throw new Error(`--keys is ${keys}, and must be in hundreds`);
	}
	return {
		keys,
		versions: toCount('versions', values.versions ?? '5'),
		valueBytes: toCount('value-bytes', values['value-bytes'] ?? '256'),
		runs: toCount('runs', values.runs ?? '5'),
		seconds: toCount('seconds', values.seconds ?? '5'),
		perSecond: toCount('rate', values.rate ?? '200'),
		isBuilt: values['no-build'] === true,
	};
}

function toCount(name: string, text: string): number {
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 1) {
		throw new Error(`--${name} is ${JSON.stringify(text)}, and must be a whole number from 1 on`);
	}
	return value;
}
