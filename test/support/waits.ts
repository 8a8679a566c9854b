/** What a test waits for at the moment, so that one that hangs can say where it stood. */

const underWay = new Map<symbol, { readonly what: string; readonly since: number }>();

/** The promise itself; until it settles, "what" is among the waits. */
export async function waitingFor<T>(what: string, promise: Promise<T>): Promise<T> {
	const id = Symbol();
	underWay.set(id, { what, since: performance.now() });
	try {
		return await promise;
	} finally {
		underWay.delete(id);
	}
}

/** One line a wait, the oldest first. */
export function describeWaits(): string {
	const lines = [...underWay.values()].map(({ what, since }) => `waits for ${what}, since ${Math.round(performance.now() - since)} ms`);
	return lines.length === 0 ? 'waits for nothing that it named' : lines.join('\n');
}
