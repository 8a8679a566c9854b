/**
 * How a sample is spelled in Prometheus' text format. Pure text: what there is to tell is metric.ts's. Used by runtime/metrics-page.ts, and by who
 * tells many samples that seldom change and so spells them once (api/grpc/call-metrics.ts).
 */
import type { Labels } from './metric.ts';

const ESCAPED = /[\\\n"]/;

/** `name{a="1",b="2"}` */
export function sampleName(name: string, labels: Labels): string {
	let text = '';
	for (const key in labels) {
		text += `${text === '' ? '' : ','}${key}="${escapeLabel(labels[key] as string)}"`;
	}
	return text === '' ? name : `${name}{${text}}`;
}

export function spellNumber(value: number): string {
	return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** What stands before the first sample of a metric. */
export function spellHead(name: string, help: string, type: string): string {
	return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
}

function escapeLabel(text: string): string {
	return ESCAPED.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : text;
}
