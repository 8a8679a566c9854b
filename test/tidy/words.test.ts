import assert from 'node:assert/strict';
import { test } from 'node:test';
import { places, readJson, type SourceFile, sourceFiles, wordPattern } from './source-tree.ts';

type Banned = Readonly<Record<string, string>>;
interface Tidy {
	readonly bannedWords: Banned;
	readonly bannedCode: Banned;
	readonly bannedInProduct: Banned;
	readonly bannedInPure: Banned;
}

const TIDY = readJson<Tidy>('config/tidy.json');
const { pure } = readJson<{ pure: readonly string[] }>('config/layers.json');
const PRODUCT = sourceFiles('src', 'workers');
const EVERYTHING = sourceFiles('src', 'workers', 'test', 'bench');

function found(files: readonly SourceFile[], banned: Banned, textOf: (file: SourceFile) => string, patternOf: (word: string) => RegExp): string[] {
	return Object.entries(banned).flatMap(([word, instead]) =>
		files.flatMap((file) => places(file, textOf(file), patternOf(word)).map((place) => `${place}: ${word} (instead: ${instead})`)),
	);
}

/** The words anywhere, code or comment. */
function anywhere(word: string): RegExp {
	return new RegExp(`(?<!\\w)${word}(?!\\w)`, 'g');
}

/** Code that starts with punctuation may follow anything. */
function literally(words: string): RegExp {
	const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`${/^\w/.test(words) ? '(?<![\\w$])' : ''}${escaped}`, 'g');
}

test('tidy: words: nothing is left unfinished or switched off', () => {
	assert.deepEqual(
		found(EVERYTHING, TIDY.bannedWords, ({ text }) => text, anywhere),
		[],
	);
});

test('tidy: words: no any, no test that is skipped or runs alone', () => {
	assert.deepEqual(
		found(EVERYTHING, TIDY.bannedCode, ({ code }) => code, literally),
		[],
	);
});

test('tidy: words: the product does not use what STYLE.md bans', () => {
	assert.deepEqual(
		found(PRODUCT, TIDY.bannedInProduct, ({ code }) => code, wordPattern),
		[],
	);
});

test('tidy: words: pure folders know no clock, chance, promise or process', () => {
	const files = PRODUCT.filter(({ path }) => pure.some((folder) => path.startsWith(`src/${folder}/`)));
	assert.deepEqual(
		found(files, TIDY.bannedInPure, ({ code }) => code, wordPattern),
		[],
	);
});

test('tidy: words: process.exit is called in src/cli only', () => {
	const wrong = PRODUCT.filter(({ path }) => !path.startsWith('src/cli/')).flatMap((file) => places(file, file.code, /\bprocess\.exit\b/g));
	assert.deepEqual(wrong, []);
});
