import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CODES } from '../../src/base/codes.ts';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import { QUORATE_VERSION } from '../../src/base/version.ts';
import { loadConfig } from '../../src/config/load.ts';
import { OPTION_NAMES } from '../../src/config/options.ts';
import { sampleText } from '../../src/config/sample.ts';
import { ROOT, readJson, readProject } from './source-tree.ts';

const README = readProject('README.md');

/** First cells of the rows of the table below a heading. */
function rowsBelow(heading: string): string[] {
	const section = README.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
	return [...section.matchAll(/^\| *([^|]+?) *\|/gm)].map((match) => match[1] ?? '').slice(2);
}

test('tidy: documents: README lists every exit code and no other', () => {
	assert.deepEqual(
		rowsBelow('Exit codes').map((cell) => cell.replaceAll('`', '')),
		['0', ...Object.values(EXIT_CODES).map(String)],
	);
});

test('tidy: documents: README lists every error text and no other', () => {
	const texts = Object.values(CODES).map(({ text }) => text);
	assert.deepEqual(
		rowsBelow('Errors')
			.map((cell) => cell.replaceAll('`', ''))
			.sort(),
		[...new Set(texts.filter((text) => text !== ''))].sort(),
	);
});

test('tidy: documents: README names every option', () => {
	assert.deepEqual(
		OPTION_NAMES.filter((name) => !README.includes(`\`${name}\``)),
		[],
	);
});

test('tidy: documents: config/default.yml is what the option table says', () => {
	assert.equal(readProject('config/default.yml'), sampleText(), 'run npm run fix');
});

test('tidy: documents: config/default.yml and the files of the local cluster are accepted without a warning', () => {
	for (const path of [
		'config/default.yml',
		...['a', 'b', 'c'].flatMap((name) => [`config/cluster-3/${name}.yml`, `config/cluster-3-secured/${name}.yml`]),
	]) {
		const loaded = loadConfig(['--config-file', path], {}, () => ({ ok: true, text: readProject(path) }));
		assert.deepEqual(loaded.kind === 'serve' ? loaded.warnings : loaded, [], path);
	}
});

test('tidy: documents: package.json, the code and CHANGELOG name one version', () => {
	assert.equal(readJson<{ version: string }>('package.json').version, QUORATE_VERSION);
	assert.match(readProject('CHANGELOG.md'), new RegExp(`^## ${QUORATE_VERSION.replaceAll('.', '\\.')}\\b`, 'm'));
});

test('tidy: documents: the licence is there and is the one that package.json names', () => {
	assert.match(readProject('LICENSE'), /Apache License\s+Version 2\.0/);
	assert.equal(readJson<{ license: string }>('package.json').license, 'Apache-2.0');
});

test('tidy: documents: links between the documents lead somewhere', () => {
	const broken = ['README.md', 'STYLE.md', 'CHANGELOG.md', 'src/README.md'].flatMap((path) =>
		[...readProject(path).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
			.map((match) => join(path, '..', match[1] ?? ''))
			.filter((target) => !existsSync(join(ROOT, target)))
			.map((target) => `${path}: ${target}`),
	);
	assert.deepEqual(broken, []);
});

test('tidy: documents: README gives the commands that package.json has', () => {
	const { scripts } = readJson<{ scripts: Readonly<Record<string, string>> }>('package.json');
	const named = new Set([...README.matchAll(/\bnpm run ([a-z:]+)/g)].map((match) => match[1] ?? ''));
	assert.deepEqual(
		[...named].filter((name) => scripts[name] === undefined),
		[],
	);
	assert.match(README, /npm install && npm start/);
	assert.match(README, /npm install && npm test/);
});

test('tidy: documents: CI calls the test command of README', () => {
	assert.match(readProject('.ci/run'), /^npm install && npm test$/m);
});
