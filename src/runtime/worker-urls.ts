/** The only place that knows whether the program runs from .ts (tsx) or from .js (dist). */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

export function workerUrl(name: string): URL {
	return new URL(`../../workers/${name}.worker.${extension}`, import.meta.url);
}
