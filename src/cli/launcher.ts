#!/usr/bin/env node
/**
 * The command `quorate`, and npm start. On a Node that is new enough it is main.ts; on an older one it starts the pinned Node with main.ts
 * and stands for it. Imports nothing that an old Node cannot run.
 */
import { fileURLToPath } from 'node:url';
import { endProcess } from './end.ts';
import { findPinnedNode, isNodeNewEnough } from './pinned-node.ts';
import { reexec } from './reexec.ts';

if (isNodeNewEnough(process.versions.node)) {
	await import('./main.ts');
} else {
	const node = findPinnedNode();
	if (node === null) {
		endProcess('bad_config', `needs Node 22.19 or later: this is ${process.versions.node}, and the npm package "node" is not installed`);
	}
	const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
	const script = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
	reexec({ node, script, argv: process.argv.slice(2) });
}
