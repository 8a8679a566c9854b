/** Lines in a frame with axes, as SVG text. Pure: the same points give the same bytes. Colours are classes that the page styles. Used by html-report.ts. */

export interface PlotLine {
	readonly name: string;
	/** 0, 1, ...: which system it is, and so its colour. */
	readonly colour: number;
	/** solid, dashed or dotted */
	readonly dash: 0 | 1 | 2;
	readonly points: readonly Point[];
}

export type Point = readonly [x: number, y: number];

export interface Axis {
	readonly title: string;
	readonly isLogarithmic: boolean;
	/** Where there are lines across, with their texts; outermost ones bound the plot. */
	readonly ticks: readonly Tick[];
}

export interface Tick {
	readonly at: number;
	readonly text: string;
}

export interface Plot {
	readonly title: string;
	readonly x: Axis;
	readonly y: Axis;
	readonly lines: readonly PlotLine[];
}

const WIDTH = 560;
const HEIGHT = 320;
const MARGIN = { left: 64, right: 24, top: 28, bottom: 44 };
/** Below the plot, in two columns. */
const LEGEND = { step: 15, column: 236 };

export function drawPlot({ title, x, y, lines }: Plot): string {
	const across = scaleOf(x, [MARGIN.left, WIDTH - MARGIN.right]);
	const up = scaleOf(y, [HEIGHT - MARGIN.bottom, MARGIN.top]);
	const bottom = HEIGHT - MARGIN.bottom;
	const right = WIDTH - MARGIN.right;
	const parts = [
		`<text class="title" x="${MARGIN.left}" y="16">${escapeText(title)}</text>`,
		...x.ticks.map(({ at, text }) => {
			const px = fixed(across(at));
			return `<line class="grid" x1="${px}" x2="${px}" y1="${MARGIN.top}" y2="${bottom}"/><text text-anchor="middle" x="${px}" y="${bottom + 15}">${escapeText(text)}</text>`;
		}),
		...y.ticks.map(({ at, text }) => {
			const py = fixed(up(at));
			return `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${py}" y2="${py}"/><text text-anchor="end" x="${MARGIN.left - 6}" y="${py}" dy="4">${escapeText(text)}</text>`;
		}),
		`<text text-anchor="middle" x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}">${escapeText(x.title)}</text>`,
		`<text text-anchor="middle" transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${escapeText(y.title)}</text>`,
		...lines.map((line, i) => drawLine(line, { across, up, place: i })),
	];
	const legendHeight = Math.ceil(lines.length / 2) * LEGEND.step;
	return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + legendHeight}" role="img" aria-label="${escapeText(title)}">${parts.join('\n')}</svg>`;
}

type Scale = (value: number) => number;

/** Values beyond the outermost ticks are drawn at the edge. */
function scaleOf({ ticks, isLogarithmic }: Axis, [from, to]: readonly [number, number]): Scale {
	const ends = ticks.map(({ at }) => at);
	const place = (value: number): number => (isLogarithmic ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value);
	const low = place(Math.min(...ends));
	const high = place(Math.max(...ends));
	return (value) => from + ((Math.min(high, Math.max(low, place(value))) - low) / (high - low || 1)) * (to - from);
}

interface Drawing {
	readonly across: Scale;
	readonly up: Scale;
	/** In the legend. */
	readonly place: number;
}

function drawLine({ name, colour, dash, points }: PlotLine, { across, up, place }: Drawing): string {
	const kind = `line c${colour} d${dash}`;
	const finite = points.filter((point) => point.every(Number.isFinite));
	const path = finite.map(([px, py]) => `${fixed(across(px))},${fixed(up(py))}`).join(' ');
	const legendY = HEIGHT + 6 + Math.floor(place / 2) * LEGEND.step;
	const legendX = MARGIN.left + (place % 2) * LEGEND.column;
	const legend = `<line class="${kind}" x1="${legendX}" x2="${legendX + 22}" y1="${legendY}" y2="${legendY}"/><text x="${legendX + 28}" y="${legendY}" dy="4">${escapeText(name)}</text>`;
	return `<polyline class="${kind}" points="${path}"/>${legend}`;
}

/** 1, 2, 5, 10, ... around the values, for logarithmic axes. */
export function logarithmicTicks(values: readonly number[], textOf: (value: number) => string): readonly Tick[] {
	const positive = values.filter((value) => Number.isFinite(value) && value > 0);
	const low = Math.min(...positive, Number.POSITIVE_INFINITY);
	const high = Math.max(...positive, Number.NEGATIVE_INFINITY);
	if (positive.length === 0) {
		return [1, 10].map((at) => ({ at, text: textOf(at) }));
	}
	const steps: number[] = [];
	for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
		steps.push(...[1, 2, 5].map((digit) => Number((digit * 10 ** power).toPrecision(1))));
	}
	const first = steps.findLastIndex((step) => step <= low);
	const last = steps.findIndex((step) => step >= high);
	const chosen = steps.slice(Math.max(0, first), Math.max(first + 2, last + 1));
	return chosen.map((at) => ({ at, text: textOf(at) }));
}

/** From 0 or below to the largest, in at most ten round steps. */
export function evenTicks(low: number, high: number): readonly Tick[] {
	const rough = Math.max(high - low, 1) / 8;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((digit) => digit * power).find((each) => each >= rough) ?? rough;
	const ticks: Tick[] = [];
	for (let i = Math.floor(low / step); i <= Math.ceil(high / step); i++) {
		const at = Number((i * step).toPrecision(12));
		ticks.push({ at, text: `${at}` });
	}
	return ticks;
}

export function escapeText(text: string): string {
	const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
	return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function fixed(value: number): string {
	return value.toFixed(1);
}
