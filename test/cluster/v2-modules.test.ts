/**
 * Locks and leaders by the modules of etcd 0.4 on three real members, while clients are killed, paused and cut off, and the leader is killed: there is
 * one holder at a time as far as the time to live promises, and the index rises from holder to holder (reference/etcd-surface.md 1.9). Short: some
 * seconds; `npm run prove -- v2-modules`: two minutes and more clients.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../../src/base/random.ts';
import { trackChild } from '../support/cleanup.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { Relay } from '../support/relay.ts';
import type { WorkerLine } from './lock-worker.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 10);
const WORKERS = Number(process.env['WORKERS'] ?? 4);
const SEED = Number(process.env['SEED'] ?? 20_261_123);
const PROGRAM = fileURLToPath(new URL('./lock-worker.ts', import.meta.url));
const FAST = { 'heartbeat-interval': '50', 'election-timeout': '500', 'v2-write-routing': 'forward' };
/** Longer than the workers' time to live. */
const AWAY_MILLISECONDS = 1_600;
const BETWEEN_FAULTS_MILLISECONDS = 250;
const HOLDERS_MIN = 5;

class Worker {
	readonly lines: WorkerLine[] = [];
	readonly relay: Relay;
	readonly #name: string;
	readonly #module: string;
	#lives = 0;
	#child: ChildProcess | null = null;
	#unfinished = '';

	constructor(name: string, module: string, relay: Relay) {
		this.#name = name;
		this.#module = module;
		this.relay = relay;
	}

	start(): void {
		this.#lives += 1;
		this.#unfinished = '';
		const name = `${this.#name}-${this.#lives}`;
		const words = ['--import', import.meta.resolve('tsx'), PROGRAM, name, this.#module, this.relay.url];
		const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
		trackChild(child);
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			const parts = (this.#unfinished + text).split('\n');
			this.#unfinished = parts.pop() ?? '';
			this.lines.push(...parts.map((line) => JSON.parse(line) as WorkerLine));
		});
		this.#child = child;
	}

	async kill(): Promise<void> {
		const child = this.#child;
		if (child !== null) {
			const ended = new Promise((resolve) => child.once('close', resolve));
			child.kill('SIGKILL');
			await ended;
		}
	}

	signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
		this.#child?.kill(signal);
	}
}

/** One fault of one worker, over when it resolves. */
async function disturb(worker: Worker, kind: number): Promise<void> {
	if (kind === 0) {
		await worker.kill();
		worker.start();
	} else if (kind === 1) {
		worker.signal('SIGSTOP');
		await delay(AWAY_MILLISECONDS);
		worker.signal('SIGCONT');
	} else {
		worker.relay.cut();
		await delay(AWAY_MILLISECONDS);
		worker.relay.mend();
	}
}

async function startWorkers(cluster: Cluster): Promise<readonly Worker[]> {
	const workers: Worker[] = [];
	for (let i = 0; i < WORKERS; i++) {
		const member = cluster.members[i % cluster.members.length];
		const relay = await Relay.open(member?.clientUrl ?? '');
		const worker = new Worker(`w${i}`, i % 2 === 0 ? 'lock' : 'leader', relay);
		worker.start();
		workers.push(worker);
	}
	return workers;
}

/** One fault after the other, each of a worker that has none; the leader is killed once on the way. */
async function disturbAll(cluster: Cluster, workers: readonly Worker[]): Promise<void> {
	const random = new SeededRandom(SEED);
	const away = new Map<Worker, Promise<void>>();
	const began = performance.now();
	let hasLostLeader = false;
	while (performance.now() - began < SECONDS * 1_000) {
		await delay(BETWEEN_FAULTS_MILLISECONDS);
		const worker = workers[random.below(workers.length)];
		if (worker !== undefined && !away.has(worker)) {
			away.set(
				worker,
				disturb(worker, random.below(3)).finally(() => away.delete(worker)),
			);
		}
		if (!hasLostLeader && performance.now() - began > SECONDS * 500) {
			hasLostLeader = true;
			const leader = await cluster.leader();
			await leader.kill('SIGKILL');
			await leader.start();
		}
	}
	await Promise.all(away.values());
}

interface Holding {
	readonly index: number;
	from: number;
	until: number;
}

/** What each index was held for, in the order in which it began. */
function holdingsOf(lines: readonly WorkerLine[]): readonly Holding[] {
	const holdings = new Map<number, Holding>();
	for (const line of lines) {
		if (line.kind === 'held' && line.from < line.until) {
			const holding = holdings.get(line.index) ?? { index: line.index, from: line.from, until: line.until };
			holding.from = Math.min(holding.from, line.from);
			holding.until = Math.max(holding.until, line.until);
			holdings.set(line.index, holding);
		}
	}
	for (const line of lines) {
		const holding = holdings.get(line.index);
		if (line.kind === 'left' && holding !== undefined) {
			holding.until = Math.min(holding.until, line.at);
		}
	}
	return [...holdings.values()].sort((a, b) => a.from - b.from);
}

test('cluster: v2 modules: one holder at a time as far as the time to live promises, and the index always rises', async () => {
	await withCluster(3, { flags: FAST }, async (cluster) => {
		const workers = await startWorkers(cluster);
		try {
			const count = (): number => holdingsOf(workers.flatMap(({ lines }) => lines)).length;
			await eventually(() => count() > 0, { what: 'the first holder' });
			await disturbAll(cluster, workers);
			const before = count();
			await eventually(() => count() > before, { what: 'one more holder after all faults' });
		} finally {
			await Promise.all(workers.map((worker) => worker.kill()));
			for (const { relay } of workers) {
				relay.close();
			}
		}
		const holdings = holdingsOf(workers.flatMap(({ lines }) => lines));
		console.log(`figure: ${holdings.length} holders in ${SECONDS} s, seed ${SEED}`);
		assert.ok(holdings.length > HOLDERS_MIN, `${holdings.length} holders`);
		for (const [i, holding] of holdings.entries()) {
			const former = holdings[i - 1];
			if (former !== undefined) {
				assert.ok(former.index < holding.index, `after index ${former.index} came ${holding.index}`);
				assert.ok(former.until <= holding.from, `index ${holding.index} was held ${former.until - holding.from} ms before ${former.index} was over`);
			}
		}
	});
});
