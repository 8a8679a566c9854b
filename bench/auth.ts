/**
 * `npm run bench -- auth`: what access control costs: rows at a member without it, and at one with it, asked by root and by a user with rights on a prefix. The three take turns run
 * by run. A word of bench/run.ts; how to read it: bench/README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runClient } from './load/client.ts';
import { type BenchOptions, parseOptions, rowName } from './load/options.ts';
import { showSpread, spread } from './load/report.ts';
import { setUp } from './load/set-up.ts';
import { type System, startQuorate } from './load/systems.ts';

const HELP = `npm run bench -- auth [--rows put@100,get@100,put@1] [--runs 5] [--seconds 3] [--warmup 1] [--keys 10000] [--no-build] [--data-root DIR]`;
const ROWS = 'put@100,get@100,put@1';
const PRELOAD_CLIENTS = 100;
const PASSWORD = 'bench';
/** Every key of the load generator. */
const PREFIX = 'bench/';
const PREFIX_END = 'bench0';

/** Who asks, where. */
interface Asker {
	readonly name: string;
	readonly system: System;
	readonly token?: string;
}

export async function benchAuth(args: readonly string[]): Promise<void> {
	if (parseArgs({ args: [...args], strict: false }).values['help'] === true) {
		console.log(HELP);
		return;
	}
	const options = parseOptions(args.some((arg) => arg.startsWith('--rows')) ? args : [...args, '--rows', ROWS]);
	if (options === 'help') {
		return;
	}
	const machine = setUp(options);
	const systems: System[] = [];
	try {
		const off = await startQuorate({ members: 1, dataRoot: join(options.dataRoot, 'off') });
		systems.push(off);
		const on = await startQuorate({ members: 1, dataRoot: join(options.dataRoot, 'on') });
		systems.push(on);
		for (const { endpoints } of systems) {
			await runClient({ endpoints, mode: 'preload', clients: PRELOAD_CLIENTS, options });
		}
		const tokens = await enable(on);
		const askers = [{ name: 'off', system: off }, ...tokens.map(([name, token]) => ({ name, system: on, token }))];
		const results = await measure(askers, options);
		const path = `bench/results/auth-${machine.date.replace(/[:.]/g, '-')}-${machine.commit}.json`;
		mkdirSync('bench/results', { recursive: true });
		writeFileSync(path, `${JSON.stringify({ machine, options, results }, null, '\t')}\n`);
		console.log(`written to ${path}`);
	} finally {
		await Promise.all(systems.map((system) => system.stop()));
	}
}

/** By the JSON gateway. The tokens of root and of a user with rights on the bench's keys. */
async function enable({ endpoints }: System): Promise<readonly (readonly [string, string])[]> {
	const ask = async (path: string, body: object): Promise<{ readonly token?: string }> => {
		const response = await fetch(`http://${endpoints[0]}/v3/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
		const text = await response.text();
		if (!response.ok) {
			throw new Error(`auth/${path}: ${text}`);
		}
		return JSON.parse(text) as { readonly token?: string };
	};
	const base64 = (text: string): string => Buffer.from(text).toString('base64');
	await ask('role/add', { name: 'bench' });
	await ask('role/grant', { name: 'bench', perm: { permType: 'READWRITE', key: base64(PREFIX), range_end: base64(PREFIX_END) } });
	for (const [user, role] of [
		['root', 'root'],
		['plain', 'bench'],
	]) {
		await ask('user/add', { name: user, password: PASSWORD });
		await ask('user/grant', { user, role });
	}
	await ask('enable', {});
	const login = async (name: string): Promise<readonly [string, string]> => [
		name,
		(await ask('authenticate', { name, password: PASSWORD })).token ?? '',
	];
	return [await login('root'), await login('plain')];
}

interface AuthRun {
	readonly row: string;
	readonly asker: string;
	readonly opsPerSecond: number;
	readonly p50: number;
	readonly p99: number;
}

async function measure(askers: readonly Asker[], options: BenchOptions): Promise<readonly AuthRun[]> {
	const all: AuthRun[] = [];
	for (const row of options.rows) {
		const runs: AuthRun[] = [];
		for (let run = 0; run < options.runs; run++) {
			for (const { name, system, token } of askers) {
				const load = { endpoints: system.endpoints, mode: row.mode, clients: row.clients, options };
				const { ops, seconds, errors, errorTexts, p50, p99 } = await runClient(token === undefined ? load : { ...load, token });
				if (errors > 0) {
					throw new Error(`${rowName(row)} ${name}: ${JSON.stringify(errorTexts)}`);
				}
				runs.push({ row: rowName(row), asker: name, opsPerSecond: ops / seconds, p50, p99 });
			}
		}
		print(rowName(row), askers, runs);
		all.push(...runs);
	}
	return all;
}

function print(row: string, askers: readonly Asker[], runs: readonly AuthRun[]): void {
	console.log(row);
	const figures = (asker: string, of: (run: AuthRun) => number) => spread(runs.filter((run) => run.asker === asker).map(of));
	const without = figures('off', ({ opsPerSecond }) => opsPerSecond).median;
	for (const { name } of askers) {
		const ops = figures(name, ({ opsPerSecond }) => opsPerSecond);
		const p99 = figures(name, (run) => run.p99 / 1_000);
		const ratio = name === 'off' ? '' : `   ${(ops.median / without).toFixed(3)} of the median without`;
		console.log(`  ${name.padEnd(6)} ${showSpread(ops, 0).padStart(26)} ops/s   p99 ${showSpread(p99, 2)} ms${ratio}`);
	}
}
