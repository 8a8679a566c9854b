/** A line chart over time, by uPlot: the only file that knows it. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface ChartLine {
	readonly label: string;
	readonly values: readonly (number | null)[];
}

const HEIGHT = 190;
const COLORS = ['#3b8eea', '#e0883a', '#2fa56b', '#c05fc4', '#b3a12f', '#d9534f'] as const;

/** at: Unix seconds. */
export function Chart({ at, lines, unit }: { readonly at: readonly number[]; readonly lines: readonly ChartLine[]; readonly unit: string }) {
	const place = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const names = lines.map(({ label }) => label).join('\n');
	useEffect(() => {
		const element = place.current;
		if (element === null) {
			return;
		}
		// Asked at each drawing, since the theme may change.
		const ink = (): string => getComputedStyle(document.body).color;
		const axis = { stroke: ink, grid: { stroke: '#8884' }, ticks: { stroke: '#8884' } };
		const series = names === '' ? [] : names.split('\n').map((label, i) => ({ label, stroke: COLORS[i % COLORS.length] ?? ink, width: 2 }));
		const made = new uPlot(
			{
				width: element.clientWidth,
				height: HEIGHT,
				series: [{}, ...series],
				axes: [axis, { ...axis, label: unit, size: 60 }],
				scales: { y: { range: (_plot, _lo, hi) => [0, Math.max(hi, 0.001) * 1.1] } },
				cursor: { drag: { x: false, y: false } },
			},
			[[], ...series.map(() => [])],
			element,
		);
		plot.current = made;
		const fit = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
		fit.observe(element);
		return () => {
			fit.disconnect();
			made.destroy();
			plot.current = null;
		};
	}, [names, unit]);
	useEffect(() => {
		plot.current?.setData([[...at], ...lines.map(({ values }) => [...values])]);
	});
	return <div class="chart" ref={place} role="img" aria-label={`Chart of ${lines.map(({ label }) => label).join(', ')} in ${unit}`} />;
}
