/**
 * `npm run bench -- watch`: watchers by the thousand on quorate, and beside it on etcd, in turns. Every run has a server of its own, so that its
 * memory is that of its watchers. How to read it: bench/README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { usageOf } from './load/processes.ts';
import { showSpread, spread } from './load/report.ts';
import { setUp } from './load/set-up.ts';
import { type System, startEtcd, startQuorate } from './load/systems.ts';
import { WatchClient } from './load/watch-client.ts';
import { parseWatchOptions, WATCH_HELP, type WatchBenchOptions, type WatchRow } from './load/watch-options.ts';

/** For what was made while the watchers were created to be done, collected and counted. */
const SETTLE_MILLISECONDS = 2_000;

/** One run of one row on one system. */
interface WatchMeasurement {
	readonly row: string;
	readonly system: string;
	readonly createSeconds: number;
	/** Anonymous memory that the server took, by the watcher. */
	readonly watcherBytes: number;
	readonly anonymousMiB: number;
	readonly deliveriesPerSecond: number;
	readonly putsPerSecond: number;
	/** Server CPU microseconds by the delivered event, the puts and the sockets included. */
	readonly serverCpu: number;
	readonly clientCpu: number;
	/** Milliseconds from a put's sending to an event's arrival. */
	readonly p50: number;
	readonly p99: number;
	readonly putP50: number;
	readonly putP99: number;
}

export async function benchWatches(args: readonly string[]): Promise<void> {
	const options = parseWatchOptions(args);
	if (options === 'help') {
		console.log(WATCH_HELP);
		return;
	}
	const machine = setUp(options);
	console.log(`config ${JSON.stringify({ ...options, rows: options.rows.map(({ name }) => name) })}`);
	console.log('Figures are min / median / max over the runs.');
	const measurements: WatchMeasurement[] = [];
	for (const row of options.rows) {
		console.log(`${row.name}: ${row.about}`);
		const runs = await measureRow(row, options);
		for (const name of new Set(runs.map(({ system }) => system))) {
			console.log(describe(runs.filter(({ system }) => system === name)));
		}
		measurements.push(...runs);
	}
	const path = `bench/results/watch-${machine.date.replace(/[:.]/g, '-')}-${machine.commit}.json`;
	mkdirSync('bench/results', { recursive: true });
	writeFileSync(path, `${JSON.stringify({ machine, options, measurements }, null, '\t')}\n`);
	console.log(`written to ${path}`);
}

async function measureRow(row: WatchRow, options: WatchBenchOptions): Promise<readonly WatchMeasurement[]> {
	const starts = options.against === 'etcd' ? [startQuorate, startEtcd] : [startQuorate];
	const runs: WatchMeasurement[] = [];
	for (let run = 0; run < options.runs; run++) {
		for (const start of starts) {
			const system = await start({ members: 1, dataRoot: options.dataRoot });
			try {
				runs.push(await measure(row, system, options));
			} finally {
				await system.stop();
			}
		}
	}
	return runs;
}

async function measure({ name, load }: WatchRow, { name: system, endpoints, pids }: System, options: WatchBenchOptions): Promise<WatchMeasurement> {
	const { seconds, warmupSeconds, seed, valueBytes } = options;
	await pause(SETTLE_MILLISECONDS);
	const empty = usageOf(pids);
	const client = new WatchClient({ ...load, endpoints, seconds, warmupSeconds, seed, valueBytes });
	try {
		const createSeconds = await client.ready();
		await pause(SETTLE_MILLISECONDS);
		const created = usageOf(pids);
		await client.go();
		const before = usageOf(pids);
		const result = await client.go();
		const after = usageOf(pids);
		const { deliveries, puts } = result;
		return {
			row: name,
			system,
			createSeconds,
			watcherBytes: ((created.anonymousMiB - empty.anonymousMiB) * 2 ** 20) / (load.watchers + load.slow),
			anonymousMiB: after.anonymousMiB,
			deliveriesPerSecond: deliveries / result.seconds,
			putsPerSecond: puts / result.seconds,
			serverCpu: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / Math.max(1, deliveries),
			clientCpu: (result.cpuSeconds * 1e6) / Math.max(1, deliveries),
			p50: result.p50 / 1_000,
			p99: result.p99 / 1_000,
			putP50: result.putP50 / 1_000,
			putP99: result.putP99 / 1_000,
		};
	} finally {
		await client.end();
	}
}

function describe(runs: readonly WatchMeasurement[]): string {
	const figure = (of: (run: WatchMeasurement) => number, digits: number): string => showSpread(spread(runs.map(of)), digits);
	const lines = [
		`${figure((run) => run.deliveriesPerSecond, 0)} events/s   CPU us an event: server ${figure((run) => run.serverCpu, 2)}, client ${figure((run) => run.clientCpu, 2)}`,
		`event p50 ${figure((run) => run.p50, 2)} ms   p99 ${figure((run) => run.p99, 2)} ms`,
		`${figure((run) => run.putsPerSecond, 0)} puts/s   p50 ${figure((run) => run.putP50, 2)} ms   p99 ${figure((run) => run.putP99, 2)} ms`,
		`bytes a watcher ${figure((run) => run.watcherBytes, 0)}   RssAnon ${figure((run) => run.anonymousMiB, 0)} MiB   created in ${figure((run) => run.createSeconds, 2)} s`,
	];
	return lines.map((line, i) => `  ${(i === 0 ? (runs[0]?.system ?? '') : '').padEnd(8)} ${line}`).join('\n');
}
