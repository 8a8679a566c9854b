/**
 * `npm run bench`: closed-loop load on quorate (or any endpoint), and beside it on etcd, row by row and run by run in turns.
 * Its other words are rows of their own: watch (bench/watch.ts), million-keys (bench/million-keys.ts), auth (bench/auth.ts), leader-latency and
 * compare (bench/latency), sweep (bench/sweep), and figures (bench/figures). How to read them: bench/README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { benchAuth } from './auth.ts';
import { writeFigures } from './figures/readme.ts';
import { compareFiles } from './latency/compare.ts';
import { benchLeaderLatency } from './latency/leader-latency.ts';
import { runClient } from './load/client.ts';
import { type BenchOptions, HELP, parseOptions, type Row, rowName } from './load/options.ts';
import { usageOf } from './load/processes.ts';
import { describeRow, type Measurement } from './load/report.ts';
import { setUp } from './load/set-up.ts';
import { runningSystem, type System, startEtcd, startQuorate } from './load/systems.ts';
import { benchMillionKeys } from './million-keys.ts';
import { benchSweep } from './sweep/sweep.ts';
import { benchWatches } from './watch.ts';

const PRELOAD_CLIENTS = 100;
const OTHERS: ReadonlyMap<string, (args: readonly string[]) => Promise<void> | void> = new Map([
	['watch', benchWatches],
	['million-keys', benchMillionKeys],
	['auth', benchAuth],
	['leader-latency', benchLeaderLatency],
	['compare', compareFiles],
	['sweep', benchSweep],
	['figures', writeFigures],
]);

async function main(): Promise<void> {
	const [first = '', ...rest] = process.argv.slice(2);
	const other = OTHERS.get(first);
	if (other !== undefined) {
		await other(rest);
		return;
	}
	const options = parseOptions(process.argv.slice(2));
	if (options === 'help') {
		console.log(HELP);
		return;
	}
	const machine = setUp({ ...options, isBuilt: options.isBuilt || options.target !== null });
	console.log(`config ${JSON.stringify({ ...options, rows: options.rows.map(rowName) })}`);
	console.log('Figures are min / median / max over the runs.');
	const systems: System[] = [];
	try {
		await openSystems(options, systems);
		const measurements = await measureRows(options, systems);
		const path = `bench/results/${machine.date.replace(/[:.]/g, '-')}-${machine.commit}.json`;
		mkdirSync('bench/results', { recursive: true });
		writeFileSync(path, `${JSON.stringify({ machine, options, measurements }, null, '\t')}\n`);
		console.log(`written to ${path}`);
	} finally {
		await Promise.all(systems.map((system) => system.stop()));
	}
}

/** Adds to systems one by one, so that those that did start are stopped when a later one does not. */
async function openSystems(options: BenchOptions, systems: System[]): Promise<void> {
	systems.push(options.target === null ? await startQuorate(options) : runningSystem(options.target));
	if (options.against === 'etcd') {
		systems.push(await startEtcd(options));
	}
	for (const { name, endpoints } of systems) {
		const { errors, errorTexts, ops } = await runClient({ endpoints, mode: 'preload', clients: PRELOAD_CLIENTS, options });
		if (errors > 0 || ops !== options.keys) {
			throw new Error(`${name}: of ${options.keys} keys ${ops} could be written: ${JSON.stringify(errorTexts)}`);
		}
	}
}

async function measureRows(options: BenchOptions, systems: readonly System[]): Promise<readonly Measurement[]> {
	const all: Measurement[] = [];
	const names = systems.map(({ name }) => name);
	for (const row of options.rows) {
		const runs: Measurement[] = [];
		for (let run = 0; run < options.runs; run++) {
			for (const system of systems) {
				runs.push(await measure(row, system, options));
			}
		}
		console.log(describeRow(runs, names));
		all.push(...runs);
	}
	return all;
}

async function measure(row: Row, system: System, options: BenchOptions): Promise<Measurement> {
	const isOurs = system.pids.length > 0;
	const before = usageOf(system.pids);
	const result = await runClient({ endpoints: system.endpoints, mode: row.mode, clients: row.clients, options });
	const after = usageOf(system.pids);
	const { ops, seconds, answered, errors, errorTexts, p50, p90, p99, max } = result;
	return {
		row: rowName(row),
		system: system.name,
		opsPerSecond: ops / seconds,
		errors,
		errorTexts,
		p50,
		p90,
		p99,
		max,
		serverCpu: isOurs ? ((after.cpuSeconds - before.cpuSeconds) * 1e6) / Math.max(1, answered) : null,
		clientCpu: (result.cpuSeconds * 1e6) / Math.max(1, ops + errors),
		anonymousMiB: isOurs ? after.anonymousMiB : null,
		fileMiB: isOurs ? after.fileMiB : null,
	};
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
