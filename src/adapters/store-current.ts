/**
 * The list of generations under <data-dir>/store and the file CURRENT that names one of them. Used by store-directory.ts alone.
 */
import fs from 'node:fs';
import path from 'node:path';
import { assert } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';
import { flushDirectory, isMissing, isTemporary, replaceFile } from './store-files.ts';

const GENERATION = /^[1-9][0-9]{0,14}$/;

export class StoreCurrent {
	readonly directory: string;

	constructor(directory: string) {
		this.directory = directory;
	}

	get file(): string {
		return path.join(this.directory, 'CURRENT');
	}

	pathOf(generation: number): string {
		return path.join(this.directory, String(generation));
	}

	/** The current generation's number, or null if there is none yet. */
	read(): number | null {
		let text: string;
		try {
			text = fs.readFileSync(this.file, 'utf8').trim();
		} catch (error) {
			if (isMissing(error)) {
				return null;
			}
			throw error;
		}
		if (!GENERATION.test(text)) {
			throw new FatalError('store_damaged', `store: ${this.file} does not name a generation: ${JSON.stringify(text.slice(0, 40))}; ${REBUILD}`);
		}
		// A rename that only a kill left behind may still vanish, while the generation that it took the place of is about to be removed.
		flushDirectory(this.directory);
		return Number(text);
	}

	write(generation: number): void {
		assert(Number.isSafeInteger(generation) && generation > 0, () => `a generation is a positive integer, not ${generation}`);
		flushDirectory(this.directory);
		replaceFile(this.file, Buffer.from(`${generation}\n`));
	}

	/** The directories of generations that are there, whole or not. */
	list(): number[] {
		const names = fs.readdirSync(this.directory).filter((name) => GENERATION.test(name));
		return names.map(Number).sort((a, b) => a - b);
	}

	remove(generation: number): void {
		fs.rmSync(this.pathOf(generation), { recursive: true, force: true });
	}

	removeTemporaryFiles(): void {
		for (const name of fs.readdirSync(this.directory).filter(isTemporary)) {
			fs.rmSync(path.join(this.directory, name));
		}
	}
}
