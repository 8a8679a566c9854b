/** What every bench begins with: the load generator and the product are built, the data has a directory, and the machine is printed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildClient } from './client.ts';
import { describeMachine, filesystemOf, type Machine } from './machine.ts';

export interface SetUpOptions {
	/** dist/ is to be run as it is, or is not run at all. */
	readonly isBuilt: boolean;
	readonly dataRoot: string;
}

export function setUp({ isBuilt, dataRoot }: SetUpOptions): Machine & { readonly filesystem: string } {
	buildClient();
	if (!isBuilt) {
		execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
	}
	mkdirSync(dataRoot, { recursive: true });
	const machine = { ...describeMachine(), filesystem: filesystemOf(resolve(dataRoot)) };
	console.log(`machine ${JSON.stringify(machine)}`);
	return machine;
}
