/**
 * `npm run bench -- leader-latency`: requests at constant rates on clusters of several shapes, beside etcd, and what a killed leader costs. How to read
 * it: bench/README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { runClient } from '../load/client.ts';
import { setUp } from '../load/set-up.ts';
import { BenchCluster, type SystemName } from './cluster.ts';
import { killLeader } from './fail-over.ts';
import { measureGroup } from './groups.ts';
import { htmlReport } from './html-report.ts';
import { LATENCY_HELP, type LatencyOptions, parseLatencyOptions } from './options.ts';
import { Progress } from './progress.ts';
import type { FailOver, Knee, LatencyResults, RateRun } from './results.ts';
import type { Scenario } from './scenarios.ts';
import { describeAll, describeFailOvers, describeKnees, describeRates } from './table.ts';

const PRELOAD_CLIENTS = 100;

export async function benchLeaderLatency(args: readonly string[]): Promise<void> {
	const options = parseLatencyOptions(args);
	if (options === 'help') {
		console.log(LATENCY_HELP);
		return;
	}
	const machine = setUp(options);
	const named = { ...options, scenarios: options.scenarios.map(({ name }) => name), failOvers: options.failOvers.map(({ name }) => name) };
	console.log(`config ${JSON.stringify(named)}`);
	console.log('Figures are min / median / max over the runs; latencies count from the time at which a request was meant to be sent.');
	const bench = new LatencyBench(options);
	const path = `bench/results/${options.out ?? `leader-latency-${machine.date.replace(/[:.]/g, '-')}-${machine.commit}`}`;
	mkdirSync('bench/results', { recursive: true });
	const save = (): LatencyResults => {
		const results: LatencyResults = { kind: 'leader-latency', machine, options: named, ...bench.results };
		writeFileSync(`${path}.json`, `${JSON.stringify(results, null, '\t')}\n`);
		return results;
	};
	await bench.run(save);
	const results = save();
	writeFileSync(`${path}.html`, htmlReport(results));
	console.log(describeAll(results));
	console.log(`written to ${path}.json and ${path}.html`);
}

class LatencyBench {
	readonly #options: LatencyOptions;
	readonly #progress = new Progress(process.stderr);
	readonly #runs: RateRun[] = [];
	readonly #knees: Knee[] = [];
	readonly #failOvers: FailOver[] = [];
	readonly #heldMs: Record<string, number> = {};
	readonly #parts: number;
	#partsDone = 0;

	constructor(options: LatencyOptions) {
		this.#options = options;
		const groups = options.scenarios.reduce((sum, scenario) => sum + modesOf(scenario, options).length, 0);
		this.#parts = groups + options.failOvers.length;
	}

	get results(): Pick<LatencyResults, 'heldMs' | 'runs' | 'knees' | 'failOvers'> {
		return { heldMs: this.#heldMs, runs: this.#runs, knees: this.#knees, failOvers: this.#failOvers };
	}

	/** save: called whenever something is complete, so that a bench that ends early has not run in vain. */
	async run(save: () => void): Promise<void> {
		for (const scenario of this.#options.scenarios) {
			await this.#withClusters(scenario, (clusters) => this.#measureScenario(scenario, clusters));
			save();
		}
		for (const scenario of this.#options.failOvers) {
			await this.#withClusters(scenario, (clusters) => this.#killLeaders(scenario, clusters));
			save();
		}
	}

	async #measureScenario(scenario: Scenario, clusters: readonly BenchCluster[]): Promise<void> {
		for (const mode of modesOf(scenario, this.#options)) {
			const title = `${scenario.name} ${mode}`;
			const showProgress = (share: number, what: string): void => this.#show(share, `${title} ${what}`);
			const { runs, knees } = await measureGroup({ mode, clusters, options: this.#options, showProgress });
			this.#runs.push(...runs);
			this.#knees.push(...knees);
			this.#partsDone++;
			this.#progress.print([`${title}: ${scenario.about}`, ...describeRates(runs), ...describeKnees(knees)].join('\n'));
		}
	}

	async #killLeaders(scenario: Scenario, clusters: readonly BenchCluster[]): Promise<void> {
		const { kills } = this.#options;
		const failOvers: FailOver[] = [];
		for (let kill = 0; kill < kills; kill++) {
			for (const cluster of clusters) {
				this.#show(kill / kills, `${scenario.name} ${cluster.system}: kill ${kill + 1} of ${kills}`);
				failOvers.push(await killLeader(cluster, this.#options, kill));
			}
		}
		this.#failOvers.push(...failOvers);
		this.#partsDone++;
		this.#progress.print(['fail-over', ...describeFailOvers(failOvers)].join('\n'));
	}

	#show(share: number, what: string): void {
		this.#progress.show((this.#partsDone + share) / this.#parts, what);
	}

	async #withClusters(scenario: Scenario, work: (clusters: readonly BenchCluster[]) => Promise<void>): Promise<void> {
		const systems: readonly SystemName[] = this.#options.against === 'etcd' ? ['quorate', 'etcd'] : ['quorate'];
		const clusters: BenchCluster[] = [];
		try {
			for (const system of systems) {
				const { dataRoot, seed, flags } = this.#options;
				this.#show(0, `${scenario.name}: starting ${system}`);
				const cluster = await BenchCluster.start({ system, scenario, dataRoot, seed, flags: system === 'quorate' ? flags : [] });
				clusters.push(cluster);
				await preload(cluster, this.#options);
			}
			await Promise.all(clusters.map((cluster) => cluster.settle()));
			await work(clusters);
			for (const { system, held } of clusters) {
				if (held.parts > 0) {
					this.#heldMs[`${scenario.name} ${system}`] = held.milliseconds / held.parts;
				}
			}
		} finally {
			await Promise.all(clusters.map((cluster) => cluster.stop()));
		}
	}
}

/** Where a link or a member is at fault it is writes that tell. */
function modesOf({ links, slowLink, isOneDown }: Scenario, { modes }: LatencyOptions): LatencyOptions['modes'] {
	return links !== null || slowLink !== null || isOneDown ? modes.slice(0, 1) : modes;
}

async function preload(cluster: BenchCluster, options: LatencyOptions): Promise<void> {
	const { endpoint } = await cluster.leader();
	const { errors, ops, errorTexts } = await runClient({ endpoints: [endpoint], mode: 'preload', clients: PRELOAD_CLIENTS, options });
	if (errors > 0 || ops !== options.keys) {
		throw new Error(`${cluster.system}: of ${options.keys} keys ${ops} could be written: ${JSON.stringify(errorTexts)}`);
	}
}
