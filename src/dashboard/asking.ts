/** Asks the member that serves the page for something beside the live data. Used by the key browser. */

/** The answer, or what went wrong. */
export async function ask<T>(path: string, init?: RequestInit): Promise<T | string> {
	try {
		const response = await fetch(path, init);
		const body = (await response.json()) as T & { readonly error?: string };
		return body.error ?? (response.ok ? body : `the member answered ${response.status}`);
	} catch (error) {
		return `no answer from the member: ${String(error)}`;
	}
}
