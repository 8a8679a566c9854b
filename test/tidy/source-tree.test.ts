import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blank, sourceFiles, wordPattern } from './source-tree.ts';

function findsWord(word: string, text: string): boolean {
	return wordPattern(word).test(blank(text, { strings: true }));
}

test('tidy: reading: words in comments and quotes do not count, in code they do', () => {
	assert.equal(findsWord('Date', "// Date\n/* Date */ const a = 'Date' + `Date`;"), false);
	assert.equal(findsWord('Date', "const slash = /'/; const now = new Date();"), true);
	assert.equal(findsWord('Date', 'const half = a / 2; const b = Date / 2;'), true);
});

test('tidy: reading: a property, a key and a longer word are not the word', () => {
	assert.equal(findsWord('process', 'this.process(); options = { process: 1 }; preprocess(); this.#process();'), false);
	assert.equal(findsWord('process', 'if (process.pid) {}'), true);
});

test('tidy: reading: blanking keeps every line in its place', () => {
	const text = "a\n/* b\nc */ 'd'\n`e\nf`\n";
	assert.equal(blank(text, { strings: true }).split('\n').length, text.split('\n').length);
});

test('tidy: reading: imports are found in every form, and types are told apart', () => {
	const file = sourceFiles('test/tidy').find(({ path }) => path === 'test/tidy/documents.test.ts');
	assert.ok(file?.imports.includes('src/config/load.ts') && file.imports.includes('test/tidy/source-tree.ts') && file.imports.includes('node:fs'));
	const main = sourceFiles('src/cli').find(({ path }) => path === 'src/cli/main.ts');
	assert.ok(main?.imports.includes('src/cli/serve.ts'), 'a dynamic import');
	const actor = sourceFiles('src/ports').find(({ path }) => path === 'src/ports/lane.ts');
	assert.ok(actor?.imports.includes('src/base/brand.ts') && !actor.valueImports.includes('src/base/brand.ts'), 'a type-only import');
});
