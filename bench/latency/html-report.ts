/** The leader-latency results as one page of HTML: tables and plots, nothing fetched from anywhere, no script. Pure; used by leader-latency.ts. */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { showSpread, spread } from '../load/report.ts';
import { type FailOver, grouped, type Knee, type LatencyResults, type RateRun } from './results.ts';
import { drawPlot, escapeText, evenTicks, logarithmicTicks, type PlotLine, type Point } from './svg-plot.ts';

/** Shares of requests that are slower: the axis of a plot of latency by percentile is logarithmic in them. */
const PERCENTILES = [0, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99] as const;
const NAMED_PERCENTILES = [0, 90, 99, 99.9, 99.99] as const;
/** Rates in one plot of percentiles: more lines cannot be told apart. */
const RATES_SHOWN = 3;
const DASHES = [0, 1, 2] as const;
const TIME_LINE = { from: -500, to: 3_000 };

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--grid:#d9dde2;--c0:#0b62d6;--c1:#c2410c;--c2:#15803d}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--paper:#14171a;--grid:#363c42;--c0:#6cb0ff;--c1:#ff9d5c;--c2:#5fd08a}}
body{font:14px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;max-width:1180px;padding:1rem}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.15rem .7rem .15rem 0;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}.plots{display:flex;flex-wrap:wrap;gap:1rem}svg{width:560px;max-width:100%;height:auto}
svg text{font-size:11px;fill:currentColor}svg .title{font-weight:600;font-size:12px}.grid{stroke:var(--grid)}.line{fill:none;stroke-width:1.8}
.d1{stroke-dasharray:6 4}.d2{stroke-dasharray:2 3}.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}code{overflow-wrap:anywhere}`;

export function htmlReport(results: LatencyResults): string {
	const { machine, options, runs, knees, failOvers } = results;
	const systems = [...new Set([...runs, ...failOvers].map(({ system }) => system))];
	const groups = [...grouped(runs, ({ scenario, mode }) => `${scenario} ${mode}`)].map(([title, group]) => {
		const found = knees.filter(({ scenario, mode }) => `${scenario} ${mode}` === title);
		const plots = [percentilePlot(group, systems), throughputPlot(group, systems)];
		return `<h2>${escapeText(title)}</h2>${rateTable(group)}${kneeTable(found)}<div class="plots">${plots.join('\n')}</div>`;
	});
	const kills = [...grouped(failOvers, ({ scenario }) => scenario)].map(([title, group]) => failOverSection(title, group, systems));
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Leader latency ${escapeText(machine.commit)}</title><style>${STYLE}</style></head>
<body><h1>Leader latency</h1>
<p>${escapeText(machine.date)}, commit ${escapeText(machine.commit)}${machine.isDirty ? ' with changes' : ''}, ${machine.cores} cores of ${escapeText(machine.cpu)}, ${machine.memoryGiB} GiB,
Linux ${escapeText(machine.kernel)}, Node ${escapeText(machine.node)}, ${escapeText(machine.filesystem)}; load before: ${machine.loadBefore.toFixed(2)}.</p>
<p>Requests come at a constant rate whether there are answers or not. A latency counts from the time at which a request was meant to be sent. Figures are minimum / median / maximum over the
runs. A knee is the highest rate at which 99 % of all requests that were meant were answered well within the limit.</p>
<details><summary>Options</summary><code>${escapeText(JSON.stringify(options))}</code></details>
${heldTable(results.heldMs)}
${groups.join('\n')}
${kills.join('\n')}
</body></html>
`;
}

function heldTable(heldMs: LatencyResults['heldMs']): string {
	const rows = Object.entries(heldMs).map(([name, milliseconds]) => rowOf([name, '', milliseconds.toFixed(2)], 'td'));
	return rows.length === 0 ? '' : `<table>${rowOf(['links of', '', 'bytes were held on one way, mean ms'], 'th')}${rows.join('\n')}</table>`;
}

function rateTable(group: readonly RateRun[]): string {
	const rows = [...grouped(ladderOf(group), ({ rate, system }) => `${rate} ${system}`).values()].map((runs) => {
		const milliseconds = (of: (run: RateRun) => number): string => showSpread(spread(runs.map((run) => of(run) / 1_000)), 2);
		const median = (of: (run: RateRun) => number): string => spread(runs.map(of)).median.toFixed(0);
		const cells = [
			`${runs[0]?.rate}/s`,
			runs[0]?.system ?? '',
			`${median((run) => run.opsPerSecond)}/s`,
			milliseconds((run) => run.p50),
			milliseconds((run) => run.p99),
			milliseconds((run) => run.p999),
			milliseconds((run) => run.max),
			`${runs.reduce((sum, { errors }) => sum + errors, 0)}`,
			median((run) => run.serverCpu),
			milliseconds((run) => run.lateP99),
		];
		return rowOf(cells, 'td');
	});
	const head = ['rate', 'system', 'answered', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'errors', 'server CPU us', 'generator late p99 ms'];
	return `<table>${rowOf(head, 'th')}${rows.join('\n')}</table>`;
}

function kneeTable(knees: readonly Knee[]): string {
	if (knees.length === 0) {
		return '';
	}
	const rows = [...grouped(knees, ({ limitMs, system }) => `${limitMs} ${system}`).values()].map((group) =>
		rowOf([`p99 under ${group[0]?.limitMs} ms`, group[0]?.system ?? '', showSpread(spread(group.map(({ rate }) => rate)), 0)], 'td'),
	);
	return `<table>${rowOf(['knee', 'system', 'requests/s'], 'th')}${rows.join('\n')}</table>`;
}

function rowOf(cells: readonly string[], tag: 'td' | 'th'): string {
	return `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
}

/** Runs of the rates that all systems had, without the steps of the searches. */
function ladderOf(group: readonly RateRun[]): readonly RateRun[] {
	return group.filter(({ run }) => run >= 0);
}

/** All runs of a rate in one distribution. */
function percentilePlot(group: readonly RateRun[], systems: readonly string[]): string {
	const rates = [...new Set(ladderOf(group).map(({ rate }) => rate))];
	const shown = rates.filter((_, i) => rates.length <= RATES_SHOWN || i % Math.ceil(rates.length / RATES_SHOWN) === 0);
	const lines = [...grouped(ladderOf(group), ({ rate, system }) => `${system} ${rate}/s`)].flatMap(([name, runs]): readonly PlotLine[] => {
		const [first] = runs;
		if (first === undefined || !shown.includes(first.rate)) {
			return [];
		}
		return [{ name, colour: systems.indexOf(first.system), dash: DASHES[shown.indexOf(first.rate)] ?? 0, points: percentilePoints(runs) }];
	});
	const ticks = NAMED_PERCENTILES.map((percentile) => ({ at: slownessOf(percentile), text: `p${percentile}` }));
	const y = { title: 'ms', isLogarithmic: true, ticks: logarithmicTicks(heights(lines), String) };
	return drawPlot({ title: 'Latency by percentile', x: { title: 'share of requests', isLogarithmic: true, ticks }, y, lines });
}

function percentilePoints(runs: readonly RateRun[]): readonly Point[] {
	const [sum, ...others] = runs.map(({ histogram }) => decodeFromCompressedBase64(histogram));
	if (sum === undefined) {
		return [];
	}
	// As decoded it has room for its own values only.
	sum.autoResize = true;
	for (const other of others) {
		sum.add(other);
	}
	if (sum.totalCount === 0) {
		return [];
	}
	return PERCENTILES.map((percentile): Point => [slownessOf(percentile), sum.getValueAtPercentile(percentile) / 1_000]);
}

function slownessOf(percentile: number): number {
	return 100 / (100 - percentile);
}

function throughputPlot(group: readonly RateRun[], systems: readonly string[]): string {
	const lines = systems.flatMap((system, colour) => {
		const byRate = [...grouped(ladderOf(group), (run) => (run.system === system ? run.rate : null))].filter(([rate]) => rate !== null);
		const line = (of: (run: RateRun) => number): readonly Point[] =>
			byRate.map(([, runs]): Point => [spread(runs.map((run) => run.opsPerSecond)).median, spread(runs.map(of)).median / 1_000]);
		const both: readonly PlotLine[] = [
			{ name: `${system} p50`, colour, dash: 0, points: line((run) => run.p50) },
			{ name: `${system} p99`, colour, dash: 1, points: line((run) => run.p99) },
		];
		return both;
	});
	const widths = lines.flatMap(({ points }) => points.map(([x]) => x));
	return drawPlot({
		title: 'Throughput against latency',
		x: { title: 'answers a second', isLogarithmic: true, ticks: logarithmicTicks(widths, String) },
		y: { title: 'ms', isLogarithmic: true, ticks: logarithmicTicks(heights(lines), String) },
		lines,
	});
}

function heights(lines: readonly PlotLine[]): readonly number[] {
	return lines.flatMap(({ points }) => points.map(([, y]) => y));
}

/** Of each system the kill in the middle is drawn, and how all kills went. */
function failOverSection(title: string, group: readonly FailOver[], systems: readonly string[]): string {
	const bySystem = [...grouped(group, ({ system }) => system)];
	const rows = bySystem.map(([system, kills]) => {
		const times = timesOf(kills);
		return rowOf([system, `${kills.length}`, showSpread(spread(times), 0), `${kills.length - times.length}`], 'td');
	});
	const lines = bySystem.map(([system, kills]): PlotLine => {
		const sorted = [...kills].sort((a, b) => (a.firstWriteMs ?? Number.POSITIVE_INFINITY) - (b.firstWriteMs ?? Number.POSITIVE_INFINITY));
		const slices = new Map(sorted[Math.floor((sorted.length - 1) / 2)]?.slices.map(({ at, answered }) => [at, answered]));
		const ends = [...slices.keys()].sort((a, b) => a - b);
		const step = 20;
		const count = Math.floor((TIME_LINE.to - TIME_LINE.from) / step);
		const points =
			ends.length === 0
				? []
				: Array.from({ length: count }, (_, i): Point => [TIME_LINE.from + i * step, slices.get(TIME_LINE.from + i * step) ?? 0]);
		return { name: `${system}, the kill in the middle`, colour: systems.indexOf(system), dash: 0, points };
	});
	const plot = drawPlot({
		title: 'Writes answered in each 20 ms around the kill of the leader',
		x: { title: 'ms since the kill', isLogarithmic: false, ticks: evenTicks(TIME_LINE.from, TIME_LINE.to) },
		y: { title: 'answers', isLogarithmic: false, ticks: evenTicks(0, Math.max(1, ...heights(lines))) },
		lines,
	});
	const spreadLines = bySystem.map(([system, kills]): PlotLine => {
		const times = timesOf(kills).sort((a, b) => a - b);
		return {
			name: system,
			colour: systems.indexOf(system),
			dash: 0,
			points: times.map((time, i): Point => [time, ((i + 1) / kills.length) * 100]),
		};
	});
	const all = spreadLines.flatMap(({ points }) => points.map(([x]) => x));
	const spreads = drawPlot({
		title: 'Share of kills after which the first write was answered within',
		x: { title: 'ms', isLogarithmic: false, ticks: evenTicks(0, Math.max(1, ...all)) },
		y: { title: '%', isLogarithmic: false, ticks: evenTicks(0, 100) },
		lines: spreadLines,
	});
	const table = `<table>${rowOf(['system', 'kills', 'first write after ms', 'none in time'], 'th')}${rows.join('\n')}</table>`;
	return `<h2>Fail-over: ${escapeText(title)}</h2>${table}<div class="plots">${plot}\n${spreads}</div>`;
}

function timesOf(kills: readonly FailOver[]): number[] {
	return kills.flatMap(({ firstWriteMs }) => (firstWriteMs === null ? [] : [firstWriteMs]));
}
