import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson, type SourceFile, sourceFiles } from './source-tree.ts';

interface Layers {
	readonly imports: Readonly<Record<string, readonly string[]>>;
	readonly pure: readonly string[];
}
interface Manifest {
	readonly dependencies: Readonly<Record<string, string>>;
	readonly devDependencies: Readonly<Record<string, string>>;
}

const LAYERS = readJson<Layers>('config/layers.json');
const FILES = sourceFiles('src', 'workers');
const BY_PATH = new Map(FILES.map((file) => [file.path, file]));

function layerOf(path: string): string {
	const parts = path.split('/');
	return parts[0] === 'src' ? (parts[1] ?? '') : (parts[0] ?? '');
}

function isOwn(target: string): boolean {
	return /^(src|workers)\//.test(target);
}

test('tidy: layers: every folder has its row in config/layers.json', () => {
	const unlisted = FILES.map(({ path }) => path).filter((path) => LAYERS.imports[layerOf(path)] === undefined);
	assert.deepEqual(unlisted, []);
});

test('tidy: layers: imports go only where config/layers.json allows', () => {
	const wrong = FILES.flatMap((file) =>
		file.imports
			.filter(isOwn)
			.filter((target) => layerOf(target) !== layerOf(file.path) && !LAYERS.imports[layerOf(file.path)]?.includes(layerOf(target)))
			.map((target) => `${file.path} imports ${target}`),
	);
	assert.deepEqual(wrong, []);
});

test('tidy: layers: the product imports nothing from tests or benches', () => {
	const wrong = FILES.filter((file) => file.imports.some((target) => /^(test|bench)\//.test(target) || target.startsWith('..'))).map(
		({ path }) => path,
	);
	assert.deepEqual(wrong, []);
});

test('tidy: layers: a pure folder imports no node: module', () => {
	const wrong = FILES.filter((file) => LAYERS.pure.includes(layerOf(file.path)) && file.imports.some((target) => target.startsWith('node:')));
	assert.deepEqual(
		wrong.map(({ path }) => path),
		[],
	);
});

test('tidy: layers: there is no cycle, not even of types', () => {
	const finished = new Set<string>();
	const cycles: string[] = [];
	const visit = (file: SourceFile, trail: readonly string[]): void => {
		if (trail.includes(file.path)) {
			cycles.push([...trail.slice(trail.indexOf(file.path)), file.path].join(' > '));
		} else if (!finished.has(file.path)) {
			for (const target of file.imports) {
				const next = BY_PATH.get(target);
				if (next !== undefined) {
					visit(next, [...trail, file.path]);
				}
			}
			finished.add(file.path);
		}
	};
	for (const file of FILES) {
		visit(file, []);
	}
	assert.deepEqual(cycles, []);
});

/** Name of each package, and the files that import it (but for its types). */
function packagesOf(files: readonly SourceFile[]): readonly (readonly [string, readonly string[]])[] {
	const importers = new Map<string, string[]>();
	for (const file of files) {
		for (const target of new Set(file.valueImports)) {
			if (!isOwn(target) && !target.startsWith('node:') && !target.startsWith('.')) {
				const name = target
					.split('/')
					.slice(0, target.startsWith('@') ? 2 : 1)
					.join('/');
				importers.set(name, [...(importers.get(name) ?? []), file.path]);
			}
		}
	}
	return [...importers];
}

/** The page is bundled when it is built: its packages are none of the program's. */
const isPage = ({ path }: SourceFile): boolean => path.startsWith('src/dashboard/');

test('tidy: packages: each is imported by one file only (but for its types), and is in package.json', () => {
	const { dependencies } = readJson<Manifest>('package.json');
	const several = packagesOf(FILES.filter((file) => !isPage(file))).filter(([name, paths]) => paths.length > 1 || dependencies[name] === undefined);
	assert.deepEqual(several, []);
});

test('tidy: packages: what the page imports is in package.json, to build it with', () => {
	const { devDependencies } = readJson<Manifest>('package.json');
	assert.deepEqual(
		packagesOf(FILES.filter(isPage)).filter(([name]) => devDependencies[name] === undefined),
		[],
	);
});

test('tidy: layers: the page takes nothing but types from the server', () => {
	const wrong = FILES.filter(isPage).flatMap((file) => file.valueImports.filter((target) => isOwn(target) && !target.startsWith('src/dashboard/')));
	assert.deepEqual(wrong, []);
});
