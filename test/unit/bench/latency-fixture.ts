/** Made-up results of the leader-latency bench for the tests of what reads them. */
import { distributionOf, type FailOver, type LatencyResults, type RateRun } from '../../../bench/latency/results.ts';

export function rateRun(fields: Partial<RateRun>): RateRun {
	return {
		scenario: '3',
		mode: 'put',
		system: 'quorate',
		rate: 1_000,
		run: 0,
		intended: 1_000,
		ops: 1_000,
		opsPerSecond: 1_000,
		errors: 0,
		errorTexts: {},
		...distributionOf([2_000, 900, 9_000, 100]),
		lateP99: 100,
		serverCpu: 200,
		clientCpu: 20,
		anonymousMiB: 100,
		actors: {},
		hasLeaderChanged: false,
		...fields,
	};
}

export function failOver(fields: Partial<FailOver>): FailOver {
	return { scenario: '3', system: 'quorate', kill: 0, firstWriteMs: 1_200, errors: 0, slices: [{ at: 0, answered: 5, failed: 0 }], ...fields };
}

export function results(fields: Partial<LatencyResults>): LatencyResults {
	return {
		kind: 'leader-latency',
		machine: {
			cpu: 'a <processor>',
			cores: 2,
			memoryGiB: 4,
			kernel: '6',
			node: 'v24',
			commit: 'abc',
			isDirty: false,
			loadBefore: 0,
			date: '2026-01-01',
			filesystem: 'ext4',
		},
		options: {},
		heldMs: {},
		runs: [],
		knees: [],
		failOvers: [],
		...fields,
	};
}
