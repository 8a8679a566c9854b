import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { PROVE_ROWS } from '../prove-rows.ts';
import { ROOT, readJson, sourceFiles } from './source-tree.ts';

interface Tidy {
	readonly fileLinesMax: number;
	readonly functionLinesMax: number;
	readonly bannedNames: readonly string[];
	readonly entries: Readonly<Record<string, string>>;
	readonly packagesNotImported: Readonly<Record<string, string>>;
}
interface BiomeFace {
	readonly linter: {
		readonly rules: { readonly complexity: { readonly noExcessiveLinesPerFunction: { level: string; options: { maxLines: number } } } };
	};
}

const TIDY = readJson<Tidy>('config/tidy.json');
const PRODUCT = sourceFiles('src', 'workers');
const EVERYTHING = sourceFiles('src', 'workers', 'test', 'bench');

test('tidy: files: none is longer than config/tidy.json allows', () => {
	const long = EVERYTHING.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 })).filter(({ lines }) => lines > TIDY.fileLinesMax);
	assert.deepEqual(long, []);
});

test('tidy: functions: Biome holds them to the length of config/tidy.json', () => {
	const rule = readJson<BiomeFace>('biome.json').linter.rules.complexity.noExcessiveLinesPerFunction;
	assert.deepEqual([rule.level, rule.options.maxLines], ['error', TIDY.functionLinesMax]);
});

test('tidy: files: names are kebab-case and say what is inside', () => {
	const wrong = EVERYTHING.map(({ path }) => path).filter((path) => {
		const name = basename(path).replace(/(\.(test|property\.test|worker|bench|d))?\.tsx?$/, '');
		return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || TIDY.bannedNames.includes(name);
	});
	assert.deepEqual(wrong, []);
});

test('tidy: files: every file of the product is reached from an entry', () => {
	const byPath = new Map(PRODUCT.map((file) => [file.path, file]));
	const reached = new Set<string>();
	const waiting = [...Object.keys(TIDY.entries), ...PRODUCT.map(({ path }) => path).filter((path) => path.endsWith('.worker.ts'))];
	while (waiting.length > 0) {
		const path = waiting.pop() ?? '';
		if (!reached.has(path)) {
			reached.add(path);
			waiting.push(...(byPath.get(path)?.imports ?? []).filter((target) => byPath.has(target)));
		}
	}
	assert.deepEqual(
		PRODUCT.map(({ path }) => path).filter((path) => !reached.has(path)),
		[],
	);
});

test('tidy: files: every entry of config/tidy.json exists', () => {
	const paths = new Set(PRODUCT.map(({ path }) => path));
	assert.deepEqual(
		Object.keys(TIDY.entries).filter((path) => !paths.has(path)),
		[],
	);
});

test('tidy: files: every row of npm run prove runs files that exist', () => {
	const missing = Object.values(PROVE_ROWS).flatMap(({ files }) => files.filter((file) => globSync(file, { cwd: ROOT }).length === 0));
	assert.deepEqual(missing, []);
});

test('tidy: packages: every dependency is used', () => {
	const { dependencies } = readJson<{ dependencies: Readonly<Record<string, string>> }>('package.json');
	const imported = PRODUCT.flatMap((file) => [...file.imports]);
	const unused = Object.keys(dependencies).filter(
		(name) => TIDY.packagesNotImported[name] === undefined && !imported.some((target) => target === name || target.startsWith(`${name}/`)),
	);
	assert.deepEqual(unused, []);
});
