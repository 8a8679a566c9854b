/** What a test file leaves behind, taken away however it ends: child processes by their id, temporary directories. Used by the harness. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const directories = new Set<string>();

function cleanUp(): void {
	for (const child of children) {
		child.kill('SIGKILL');
	}
	for (const directory of directories) {
		rmSync(directory, { recursive: true, force: true });
	}
}

process.once('exit', cleanUp);
// The runner ends a file that takes too long by SIGTERM, which by itself runs no exit handler.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.once(signal, () => process.exit(1));
}

export function trackChild(child: ChildProcess): void {
	children.add(child);
	child.once('exit', () => children.delete(child));
}

export function makeTempDirectory(what: string): string {
	const directory = mkdtempSync(join(tmpdir(), `quorate-${what}-`));
	directories.add(directory);
	return directory;
}

export function removeTempDirectory(directory: string): void {
	rmSync(directory, { recursive: true, force: true });
	directories.delete(directory);
}
