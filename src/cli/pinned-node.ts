/** The Node that quorate runs on: the one that started it, if it is new enough, else the one in the npm package `node`. Runs on old Nodes too. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** As package.json's engines say: undici needs it. */
const MAJOR_MIN = 22;
const MINOR_MIN = 19;

/** version: as process.versions.node, such as 22.19.0. */
export function isNodeNewEnough(version: string): boolean {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	return major > MAJOR_MIN || (major === MAJOR_MIN && minor >= MINOR_MIN);
}

/** Path of the pinned Node, or null if the package is not installed (or its binary was not fetched). */
export function findPinnedNode(): string | null {
	try {
		const manifest = createRequire(import.meta.url).resolve('node/package.json');
		const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
		return existsSync(binary) ? binary : null;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') {
			return null;
		}
		throw error;
	}
}
