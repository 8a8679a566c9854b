/** Reads what `npm run build` has made of src/dashboard: the page's files with their gzipped twins. Called once by workers/api.worker.ts. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PageFile } from '../api/dashboard/page-route.ts';

const TYPES: Readonly<Record<string, string>> = {
	'page.html': 'text/html; charset=utf-8',
	'app.js': 'text/javascript; charset=utf-8',
	'app.css': 'text/css; charset=utf-8',
	'icon.svg': 'image/svg+xml',
};
/** Beside the compiled code; a member that runs from source serves what the last build made. */
const DIRECTORIES = [new URL('../dashboard/', import.meta.url), new URL('../../dist/src/dashboard/', import.meta.url)];

/** Empty: nothing was built. */
export async function readDashboardFiles(): Promise<ReadonlyMap<string, PageFile>> {
	for (const directory of DIRECTORIES) {
		const files = await readAll(directory);
		if (files !== null) {
			return files;
		}
	}
	return new Map();
}

async function readAll(directory: URL): Promise<ReadonlyMap<string, PageFile> | null> {
	try {
		const entries = Object.entries(TYPES).map(async ([name, type]) => {
			const [bytes, gzipped] = await Promise.all([readFile(new URL(name, directory)), readFile(new URL(`${name}.gz`, directory))]);
			const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
			return [name, { type, etag, bytes, gzipped }] as const;
		});
		return new Map(await Promise.all(entries));
	} catch {
		return null;
	}
}
