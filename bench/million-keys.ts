/**
 * `npm run bench -- million-keys`: one member with a million keys in five versions, beside one that is empty: memory, latency of puts, time from
 * start to ready, and the longest request while all old versions are compacted. How to read it: bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { STORE_WHOLE_CHECK_BYTES_MAX } from '../src/base/limits.ts';
import { fillManyKeys, MANY_KEYS_RANGE, manyKey } from '../test/support/many-keys.ts';
import { type Member, startMember } from '../test/support/member.ts';
import { describeMachine, filesystemOf } from './load/machine.ts';
import { usageOf } from './load/processes.ts';
import { showSpread, spread } from './load/report.ts';
import { type Latencies, OpenLoad } from './size/open-load.ts';
import { parseSizeOptions, SIZE_HELP, type SizeOptions } from './size/size-options.ts';

/** Room for all versions, whatever etcd's default is. */
const FLAGS = { 'quota-backend-bytes': String(16 * 2 ** 30) };
const SETTLE_MILLISECONDS = 10_000;
const PROGRESS_PUTS = 250_000;
const COMPACT_MILLISECONDS_MAX = 30 * 60_000;
const SWEEP_MILLISECONDS_MAX = 10 * 60_000;
const PUT_TRIES_MAX = 20;
const SWEPT_LOOK_MILLISECONDS = 500;
/** Of the load, before compaction begins and after it has ended. */
const AROUND_MILLISECONDS = 2_000;

interface Memory {
	readonly when: string;
	readonly anonymousMiB: number;
	readonly fileMiB: number;
}

interface LatencyRun {
	readonly loop: 'closed' | 'rate';
	readonly full: Latencies;
	readonly empty: Latencies;
}

export async function benchMillionKeys(args: readonly string[]): Promise<void> {
	const options = parseSizeOptions(args);
	if (options === 'help') {
		console.log(SIZE_HELP);
		return;
	}
	if (!options.isBuilt) {
		execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
	}
	process.env['QUORATE_DIST'] = '1';
	const full = await startMember({ flags: FLAGS });
	const empty = await startMember({ flags: FLAGS });
	const machine = { ...describeMachine(), filesystem: filesystemOf(full.dataDir) };
	console.log(`machine ${JSON.stringify(machine)}`);
	console.log(`config ${JSON.stringify(options)}`);
	try {
		const fill = await measureFill(full, options);
		const memory = [memoryOf(full, 'after the fill')];
		await pause(SETTLE_MILLISECONDS);
		memory.push(memoryOf(full, 'at rest'));
		const latencies = await measureLatencies(full, empty, options);
		memory.push(memoryOf(full, 'after the puts'));
		const restarts = {
			term: await measureRestarts(full, 'SIGTERM', options),
			kill: await measureRestarts(full, 'SIGKILL', options),
			killAgain: await measureKillAgain(full, options),
		};
		memory.push(memoryOf(full, 'after a restart'));
		const compaction = await measureCompaction(full, options);
		memory.push(memoryOf(full, 'after the compaction'));
		for (const each of memory) {
			console.log(`memory ${each.when}: ${each.anonymousMiB.toFixed(0)} MiB anonymous, ${each.fileMiB.toFixed(0)} MiB of files`);
		}
		const path = `bench/results/million-keys-${machine.date.replace(/[:.]/g, '-')}-${machine.commit}.json`;
		mkdirSync('bench/results', { recursive: true });
		writeFileSync(path, `${JSON.stringify({ machine, options, fill, memory, latencies, restarts, compaction }, null, '\t')}\n`);
		console.log(`written to ${path}`);
	} finally {
		await Promise.all([full.stop(), empty.stop()]);
	}
}

async function measureFill(member: Member, options: SizeOptions): Promise<{ readonly putsPerSecond: number; readonly serverCpu: number }> {
	const before = usageOf([member.pid]).cpuSeconds;
	const began = performance.now();
	let told = 0;
	await fillManyKeys(member.clientUrl, options, (puts) => {
		if (puts - told >= PROGRESS_PUTS) {
			told = puts;
			console.log(
				`  ${puts} puts after ${((performance.now() - began) / 1_000).toFixed(0)} s, ${usageOf([member.pid]).anonymousMiB.toFixed(0)} MiB anonymous`,
			);
		}
	});
	const puts = options.keys * options.versions;
	const putsPerSecond = puts / ((performance.now() - began) / 1_000);
	const serverCpu = ((usageOf([member.pid]).cpuSeconds - before) * 1e6) / puts;
	console.log(`fill: ${putsPerSecond.toFixed(0)} puts/s in txns of a hundred, ${serverCpu.toFixed(1)} us of server CPU each`);
	return { putsPerSecond, serverCpu };
}

function memoryOf(member: Member, when: string): Memory {
	const { anonymousMiB, fileMiB } = usageOf([member.pid]);
	return { when, anonymousMiB, fileMiB };
}

/** The two members in turns: what slows the machine slows both. */
async function measureLatencies(full: Member, empty: Member, options: SizeOptions): Promise<readonly LatencyRun[]> {
	const loads = {
		full: new OpenLoad(full.clientUrl, options.keys, options.valueBytes),
		empty: new OpenLoad(empty.clientUrl, options.keys, options.valueBytes),
	};
	const milliseconds = options.seconds * 1_000;
	const measure = (load: OpenLoad, loop: LatencyRun['loop']): Promise<Latencies> => {
		const began = performance.now();
		return loop === 'closed'
			? load.closedPuts(milliseconds)
			: load.atRate(options.perSecond, 'puts', () => performance.now() - began >= milliseconds);
	};
	// Both have run their code before anything counts.
	await measure(loads.empty, 'closed');
	await measure(loads.full, 'closed');
	const runs: LatencyRun[] = [];
	for (const loop of ['closed', 'rate'] as const) {
		for (let run = 0; run < options.runs; run++) {
			runs.push({ loop, empty: await measure(loads.empty, loop), full: await measure(loads.full, loop) });
		}
		const of = (figure: (run: LatencyRun) => number): string => showSpread(spread(runs.filter((each) => each.loop === loop).map(figure)), 2);
		const name = loop === 'closed' ? 'put, one client' : `put, ${options.perSecond} a second`;
		console.log(`${name}: p50 ${of(({ full: { p50 } }) => p50)} ms, p99 ${of(({ full: { p99 } }) => p99)} ms; by that of an empty member:`);
		console.log(`  p50 ${of((each) => each.full.p50 / each.empty.p50)}, p99 ${of((each) => each.full.p99 / each.empty.p99)}`);
	}
	loads.full.close();
	loads.empty.close();
	return runs;
}

/** Milliseconds from the start of the process to ready, each after a start whose look at the whole store in the background is over. */
async function measureRestarts(member: Member, signal: 'SIGTERM' | 'SIGKILL', options: SizeOptions): Promise<readonly number[]> {
	const milliseconds: number[] = [];
	for (let run = 0; run < options.runs; run++) {
		await untilSwept(member, options);
		milliseconds.push(await measureRestart(member, signal));
	}
	console.log(`start to ready after ${signal}: ${showSpread(spread(milliseconds), 0)} ms`);
	return milliseconds;
}

/** Killed before that look is over, a start reads all of the store first. */
async function measureKillAgain(member: Member, options: SizeOptions): Promise<number> {
	await untilSwept(member, options);
	await measureRestart(member, 'SIGKILL');
	const milliseconds = await measureRestart(member, 'SIGKILL');
	console.log(`start to ready after two SIGKILL in a row: ${milliseconds.toFixed(0)} ms`);
	return milliseconds;
}

async function measureRestart(member: Member, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
	await putAgain(member);
	await member.kill(signal);
	const began = performance.now();
	await member.start();
	return performance.now() - began;
}

/** The client may still hold a connection of the life before. */
async function putAgain(member: Member): Promise<void> {
	for (let tries = 1; ; tries++) {
		try {
			await member.client.put(manyKey(0), 'before a restart');
			return;
		} catch (error) {
			if (tries === PUT_TRIES_MAX) {
				throw error;
			}
			await pause(SWEPT_LOOK_MILLISECONDS);
		}
	}
}

/** The newest life has read all of its store; one of a small store, and one that began with no store, does not. */
async function untilSwept(member: Member, options: SizeOptions): Promise<void> {
	const isLarge = options.keys * options.versions * options.valueBytes > STORE_WHOLE_CHECK_BYTES_MAX;
	const born = member.lines.findLastIndex(isStarting);
	if (!isLarge || member.lines.findIndex(isStarting) === born) {
		return;
	}
	const began = performance.now();
	while (!member.lines.slice(born).some((line) => line.includes('the store was read whole in the background'))) {
		if (performance.now() - began > SWEEP_MILLISECONDS_MAX) {
			throw new Error('the store was not read whole in the background');
		}
		await pause(SWEPT_LOOK_MILLISECONDS);
	}
}

function isStarting(line: string): boolean {
	return line.includes('"msg":"starting"');
}

async function measureCompaction(member: Member, options: SizeOptions): Promise<Latencies & { readonly seconds: number; readonly alone: Latencies }> {
	await untilSwept(member, options);
	const load = new OpenLoad(member.clientUrl, options.keys, options.valueBytes);
	const { revision } = await member.client.range(manyKey(0));
	const until = performance.now() + options.seconds * 1_000;
	const alone = await load.atRate(options.perSecond, 'puts_and_gets', () => performance.now() >= until);
	let isOver = false;
	const measured = load.atRate(options.perSecond, 'puts_and_gets', () => isOver);
	await pause(AROUND_MILLISECONDS);
	const began = performance.now();
	await member.client.compact(revision, COMPACT_MILLISECONDS_MAX);
	const seconds = (performance.now() - began) / 1_000;
	await pause(AROUND_MILLISECONDS);
	isOver = true;
	const latencies = await measured;
	load.close();
	const { count } = await member.client.range(MANY_KEYS_RANGE.from, {
		rangeEnd: MANY_KEYS_RANGE.end,
		countOnly: true,
		deadlineMs: COMPACT_MILLISECONDS_MAX,
	});
	if (count !== options.keys || latencies.errors > 0) {
		throw new Error(`${count} keys are there, and ${latencies.errors} requests failed`);
	}
	console.log(
		`compaction of ${options.keys * (options.versions - 1)} old versions: ${seconds.toFixed(1)} s; meanwhile of ${latencies.requests} puts and gets`,
	);
	console.log(
		`  p99 ${latencies.p99.toFixed(1)} ms, longest ${latencies.max.toFixed(1)} ms; without it p99 ${alone.p99.toFixed(1)} ms, longest ${alone.max.toFixed(1)} ms`,
	);
	return { ...latencies, seconds, alone };
}
