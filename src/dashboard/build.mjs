/** Build step: bundles the page of the dashboard into dist/src/dashboard, each file with its gzipped twin, as the member serves them. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = new URL('./', import.meta.url);
const target = new URL('../../dist/src/dashboard/', import.meta.url);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
await build({
	entryPoints: ['main.tsx', 'app.css'].map((name) => ({ in: fileURLToPath(new URL(name, here)), out: 'app' })),
	outdir: fileURLToPath(target),
	bundle: true,
	minify: true,
	format: 'esm',
	target: 'es2022',
	jsx: 'automatic',
	jsxImportSource: 'preact',
	legalComments: 'inline',
});
for (const name of ['page.html', 'icon.svg']) {
	writeFileSync(new URL(name, target), readFileSync(new URL(name, here)));
}
for (const name of ['app.js', 'app.css', 'page.html', 'icon.svg']) {
	writeFileSync(new URL(`${name}.gz`, target), gzipSync(readFileSync(new URL(name, target)), { level: 9 }));
}
