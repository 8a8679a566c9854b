/** Loaded before anything else by a process of run-canaries.ts: puts the planted bug that SIM_CANARY names into its file, as it is loaded. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { PLANTED } from './planted.ts';

const root = new URL('../../../', import.meta.url);
const name = process.env['SIM_CANARY'];
const planted = PLANTED.find((each) => each.name === name);
if (planted === undefined) {
	throw new Error(`no canary ${name}`);
}
const target = new URL(planted.file, root);

registerHooks({
	load(url, context, nextLoad) {
		if (new URL(url).pathname !== target.pathname) {
			return nextLoad(url, context);
		}
		const text = readFileSync(target, 'utf8');
		if (text.split(planted.find).length !== 2) {
			throw new Error(`canary ${name}: its text must be in ${planted.file} exactly once`);
		}
		return { format: 'module', shortCircuit: true, source: stripTypeScriptTypes(text.replace(planted.find, () => planted.replace)) };
	},
});
