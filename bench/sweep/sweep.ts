/**
 * `npm run bench -- sweep`: the same rows with one placement of the actors after another, in turns, and the best of them as a config file. What it says
 * holds for this machine, this disk and this load.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Progress } from '../latency/progress.ts';
import { describeSaturation, readBusy, saturation } from '../load/actor-figures.ts';
import { runClient } from '../load/client.ts';
import { rowName } from '../load/options.ts';
import { showSpread, spread } from '../load/report.ts';
import { setUp } from '../load/set-up.ts';
import { startQuorate } from '../load/systems.ts';
import { type Candidate, candidatesFor, configOf, flagsOf, judge, nameOf, type SweepRun, type Verdict } from './candidates.ts';
import { parseSweepOptions, SWEEP_HELP, type SweepOptions } from './options.ts';

const PRELOAD_CLIENTS = 100;

export async function benchSweep(args: readonly string[]): Promise<void> {
	const options = parseSweepOptions(args);
	if (options === 'help') {
		console.log(SWEEP_HELP);
		return;
	}
	const machine = setUp(options);
	const candidates = candidatesFor(availableParallelism());
	const progress = new Progress(process.stderr);
	const runs: SweepRun[] = [];
	for (let round = 0; round < options.runs; round++) {
		for (const [at, candidate] of candidates.entries()) {
			progress.show((round + at / candidates.length) / options.runs, nameOf(candidate));
			runs.push(...(await measure(candidate, options)));
		}
	}
	const verdicts = judge(runs);
	progress.print(describe(runs, verdicts).join('\n'));
	const best = candidates.find((candidate) => nameOf(candidate) === verdicts[0]?.candidate);
	if (best === undefined) {
		throw new Error('every placement failed requests: see the table');
	}
	const path = `bench/results/${options.out ?? `sweep-${machine.date.replace(/[:.]/g, '-')}-${machine.commit}`}`;
	mkdirSync('bench/results', { recursive: true });
	writeFileSync(`${path}.json`, `${JSON.stringify({ kind: 'sweep', machine, options, runs, verdicts }, null, '\t')}\n`);
	const measured = `The best of ${candidates.length} placements by npm run bench -- sweep: ${machine.cores} cores, ${machine.date}, ${machine.commit}`;
	writeFileSync(`${path}.yml`, configOf(best, measured));
	console.log(`the best here, as a config file: ${path}.yml\n${configOf(best, measured)}\nwritten to ${path}.json`);
}

async function measure(candidate: Candidate, options: SweepOptions): Promise<readonly SweepRun[]> {
	const system = await startQuorate({ ...options, flags: flagsOf(candidate) });
	try {
		const { endpoints } = system;
		await runClient({ endpoints, mode: 'preload', clients: PRELOAD_CLIENTS, options });
		const runs: SweepRun[] = [];
		for (const row of options.rows) {
			const before = await readBusy(endpoints[0] ?? '');
			const began = performance.now();
			const { p50, p99, ops, seconds, errors } = await runClient({ endpoints, mode: row.mode, clients: row.clients, options });
			const took = (performance.now() - began) / 1_000;
			const actors = saturation(before, await readBusy(endpoints[0] ?? ''), took);
			runs.push({ candidate: nameOf(candidate), row: rowName(row), p50, p99, opsPerSecond: ops / seconds, errors, actors });
		}
		return runs;
	} finally {
		await system.stop();
	}
}

function describe(runs: readonly SweepRun[], verdicts: readonly Verdict[]): readonly string[] {
	const lines = ['Latencies in ms and requests a second as min / median / max; score: how far behind the best of each row, 1 is best.'];
	for (const { candidate, score } of verdicts) {
		lines.push(`${score.toFixed(2)}  ${candidate}`);
		const own = runs.filter((run) => run.candidate === candidate);
		for (const row of new Set(own.map((run) => run.row))) {
			const group = own.filter((run) => run.row === row);
			const p50 = showSpread(spread(group.map((run) => run.p50 / 1_000)), 2);
			const throughput = showSpread(spread(group.map((run) => run.opsPerSecond)), 0);
			lines.push(`      ${row.padEnd(9)} p50 ${p50} ms  ${throughput}/s  ${describeSaturation(group.at(-1)?.actors ?? {})}`);
		}
	}
	const judged = new Set(verdicts.map(({ candidate }) => candidate));
	const out = new Set(runs.map(({ candidate }) => candidate).filter((candidate) => !judged.has(candidate)));
	return [...lines, ...[...out].map((candidate) => `OUT   ${candidate}: requests failed`)];
}
