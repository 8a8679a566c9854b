/** Mistakes that the types must catch. Each snippet is a file of its own; one run of tsc over all of them, and each must fail for its own reason. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const HEAD = `
import type { Actor, Outbox } from '${ROOT}src/actors/actor.ts';
import type { Index, RequestId, Revision, Slot, Term } from '${ROOT}src/base/brand.ts';
import { toIndex, toTerm } from '${ROOT}src/base/brand.ts';
import { unreachable } from '${ROOT}src/base/assert.ts';
import type { Config } from '${ROOT}src/config/config.ts';
import type { Kind, Role, Routes } from '${ROOT}src/protocol/routes.ts';
import { WIRE } from '${ROOT}src/protocol/wire.ts';
declare const api: Outbox<'api'>;
declare const log: Outbox<'log'>;
declare const requestId: RequestId;
declare const slot: Slot;
declare const config: Config;
export type Used = [Actor<'raft'>, Index, Revision, Term, Kind, Role, Routes];
export const used = [toIndex, toTerm, unreachable, WIRE, api, log, requestId, slot, config];
`;

interface Snippet {
	readonly title: string;
	readonly code: string;
	/** What tsc says; null: it must compile. */
	readonly error: RegExp | null;
}

const SNIPPETS: readonly Snippet[] = [
	{ title: 'the right message on the right route compiles', code: `api.post('raft', { kind: 'read_index', requestId }, 0);`, error: null },
	{
		title: 'a route that is not in the table',
		code: `api.post('log', { kind: 'compact', upTo: toIndex(1) });`,
		error: /"log".*not assignable to parameter of type '[^']*"raft"/,
	},
	{ title: 'a message that is not of this route', code: `log.post('raft', { kind: 'read_index', requestId });`, error: /TS2322.*"read_index"/ },
	{
		title: 'a message with a field missing',
		code: `api.post('raft', { kind: 'propose', requestId, onlyTerm: null, command: new Uint8Array() });`,
		error: /'entryKind' is missing/,
	},
	{
		title: 'a message with a field too many',
		code: `api.post('raft', { kind: 'read_index', requestId, urgent: true });`,
		error: /'urgent' does not exist/,
	},
	{
		title: 'undefined where absent must be null',
		code: `api.post('raft', { kind: 'read_index', requestId: undefined });`,
		error: /TS2322.*'undefined'/,
	},
	{ title: 'a raw number as a term', code: `export const term: Term = 3;`, error: /'number' is not assignable to type 'Term'/ },
	{ title: 'an index as a term', code: `export const term: Term = toIndex(3);`, error: /'Index' is not assignable to type 'Term'/ },
	{
		title: 'a revision as an index',
		code: `export const at = (revision: Revision): Index => revision;`,
		error: /'Revision' is not assignable to type 'Index'/,
	},
	{
		title: 'a slot as a request id',
		code: `api.post('raft', { kind: 'inquire_status', requestId: slot });`,
		error: /'Slot' is not assignable to type 'RequestId'/,
	},
	{
		title: 'a sum of an index and a number as an index',
		code: `export const next: Index = toIndex(1) + 1;`,
		error: /'number' is not assignable to type 'Index'/,
	},
	{
		title: 'a switch that forgets a kind',
		code: `export function f(role: Role): number { switch (role) { case 'raft': return 1; case 'log': return 2; default: return unreachable(role); } }`,
		error: /not assignable to parameter of type 'never'/,
	},
	{
		title: 'a wire table that forgets a kind',
		code: `const { propose: _, ...rest } = WIRE; export const table = rest satisfies Record<Kind, unknown>;`,
		error: /'propose' is missing/,
	},
	{ title: 'a change of the configuration', code: `config.heartbeatMs = 1;`, error: /read-only/ },
	{ title: 'a change inside the configuration', code: `config.listenClientUrls.push('x');`, error: /'push' does not exist/ },
	{
		title: 'an actor that receives only some of its messages',
		code: `export const receive: Actor<'log'>['receive'] = (message: { readonly kind: 'propose' }) => void message;`,
		error: /TS2322/,
	},
];

let directory = '';
let output = '';

before(() => {
	directory = mkdtempSync(join(tmpdir(), 'quorate-types-'));
	writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
	writeFileSync(
		join(directory, 'tsconfig.json'),
		JSON.stringify({
			extends: join(ROOT, 'tsconfig.json'),
			compilerOptions: { types: [], noUnusedLocals: false, rewriteRelativeImportExtensions: false },
			include: ['*.ts'],
		}),
	);
	for (const [i, { code }] of SNIPPETS.entries()) {
		writeFileSync(join(directory, `snippet-${i}.ts`), `${HEAD}${code}\n`);
	}
	const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
	output = spawnSync(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], { cwd: directory, encoding: 'utf8' }).stdout;
});

after(() => rmSync(directory, { recursive: true, force: true }));

for (const [i, { title, error }] of SNIPPETS.entries()) {
	test(`types: ${error === null ? 'accepted' : 'refused'}: ${title}`, () => {
		const lines = output.split(/\n(?! )/).filter((line) => line.includes(`snippet-${i}.ts(`));
		if (error === null) {
			assert.deepEqual(lines, []);
		} else {
			assert.equal(lines.length, 1, lines.join('\n'));
			assert.match(String(lines[0]).replaceAll('\n', ' '), error);
		}
	});
}
