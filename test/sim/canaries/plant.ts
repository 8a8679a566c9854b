/** Loaded before anything else by a process of run-canaries.ts: puts the planted bug that SIM_CANARY names into its file, as it is loaded. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import type { Planted } from './bug.ts';
import { PLANTED, PLAYED } from './planted.ts';

const root = new URL('../../../', import.meta.url);
const name = process.env['SIM_CANARY'];
const planted = PLANTED.find((each) => each.name === name);

if (planted !== undefined) {
	plant(planted);
} else if (!PLAYED.some((each) => each.name === name)) {
	throw new Error(`no canary ${name}`);
}

function plant({ file, find, replace }: Planted): void {
	const target = new URL(file, root);
	const text = readFileSync(target, 'utf8');
	if (text.split(find).length !== 2) {
		throw new Error(`canary ${name}: its text must be in ${file} exactly once`);
	}
	const source = stripTypeScriptTypes(text.replace(find, () => replace));
	registerHooks({
		load: (url, context, nextLoad) =>
			new URL(url).pathname === target.pathname ? { format: 'module', shortCircuit: true, source } : nextLoad(url, context),
	});
}
