/** One text for everything below a directory: names, kinds, modes and contents. Two that are equal say that nobody touched it. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function digestDirectory(directory: string): string {
	const hash = createHash('sha256');
	for (const name of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()]) {
		const path = join(directory, name);
		const { mode } = lstatSync(path);
		hash.update(`${name}\0${mode}\0`);
		if (lstatSync(path).isFile()) {
			hash.update(readFileSync(path));
		}
	}
	return hash.digest('hex');
}
