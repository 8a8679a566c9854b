/**
 * `npm run bench -- figures`: writes README's figures anew from bench/results, between the two marks, so that none is there that nobody measured. A
 * test (tidy/figures.test.ts) holds README to it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { LatencyResults } from '../latency/results.ts';
import { FAIL_OVER_HEAD, failOverRows, kneeTable, latencyTable, sourceLine } from './tables.ts';

const BEGINNING = '<!-- figures, written by npm run bench -- figures -->';
const END = '<!-- end of figures -->';

const LATENCY = 'bench/results/leader-latency.json';
const FAIL_OVER = 'bench/results/fail-over-auto-against-etcd.json';

/** The whole of README with the figures of now. Throws an Error where a mark is missing. */
export function withFigures(readme: string, read: (path: string) => string): string {
	const from = readme.indexOf(BEGINNING);
	const to = readme.indexOf(END);
	if (from < 0 || to < from) {
		throw new Error(`README.md: the marks ${BEGINNING} and ${END} are not there, in this order`);
	}
	return `${readme.slice(0, from)}${BEGINNING}\n\n${section(read)}\n\n${readme.slice(to)}`;
}

export function writeFigures(): void {
	const readme = readFileSync('README.md', 'utf8');
	writeFileSync(
		'README.md',
		withFigures(readme, (path) => readFileSync(path, 'utf8')),
	);
}

function section(read: (path: string) => string): string {
	const latency = JSON.parse(read(LATENCY)) as LatencyResults;
	const failOver = JSON.parse(read(FAIL_OVER)) as LatencyResults;
	return [
		'Latency from the time at which a request was meant to be sent, at constant rates; medians over the runs, ratios run by run (below 1: quorate is quicker).',
		'',
		...latencyTable(latency),
		'',
		...(latency.knees.length === 0
			? []
			: ['The highest rates at which 99 % of all requests are answered within a limit:', '', ...kneeTable(latency), '']),
		'From SIGKILL of the leader to the first write that is answered, minimum / **median** / maximum:',
		'',
		...FAIL_OVER_HEAD,
		...failOverRows(latency, "etcd's"),
		...failOverRows(failOver, '`--tuning=auto`'),
		'',
		`From ${sourceLine(LATENCY, latency)}`,
		`Fail-over with \`--tuning=auto\`: ${sourceLine(FAIL_OVER, failOver)}`,
	].join('\n');
}
