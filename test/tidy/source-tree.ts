/** The project's own files as the tidy tests see them: text, code without comments and strings, imports. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
	/** From the root, with slashes: src/raft/core.ts. */
	readonly path: string;
	readonly text: string;
	/** Comments blanked. */
	readonly withoutComments: string;
	/** Comments and the contents of strings blanked; lines stay where they are. */
	readonly code: string;
	/** Path from the root, or the name of a package or node: module. Those of types only are in it too. */
	readonly imports: readonly string[];
	/** Those that are there when the program runs. */
	readonly valueImports: readonly string[];
}

export function readProject(path: string): string {
	return readFileSync(join(ROOT, path), 'utf8');
}

export function readJson<T>(path: string): T {
	return JSON.parse(readProject(path)) as T;
}

/** TypeScript files below these folders, generated ones left out, sorted. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
	const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT }));
	return paths
		.map((path) => path.replaceAll('\\', '/'))
		.filter((path) => !path.includes('/generated/'))
		.sort()
		.map(toSourceFile);
}

function toSourceFile(path: string): SourceFile {
	const text = readProject(path);
	const withoutComments = blank(text, { strings: false });
	const found = importsOf(path, withoutComments);
	return {
		path,
		text,
		withoutComments,
		code: blank(text, { strings: true }),
		imports: found.map(({ target }) => target),
		valueImports: found.filter(({ isType }) => !isType).map(({ target }) => target),
	};
}

function importsOf(path: string, withoutComments: string): { readonly target: string; readonly isType: boolean }[] {
	const pattern = /^\s*(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s*'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
	return [...withoutComments.matchAll(pattern)].map((match) => {
		const target = match[2] ?? match[3] ?? match[4] ?? '';
		const isOwn = target.startsWith('.');
		return { target: isOwn ? normalize(join(dirname(path), target)).replaceAll('\\', '/') : target, isType: match[1] !== undefined };
	});
}

const TOKEN =
	/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};]\s*|\breturn\s+|=>\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

/** Blanks comments, and on request what stands in quotes. Expressions inside a template count as its text. */
export function blank(text: string, what: { readonly strings: boolean }): string {
	return text.replace(TOKEN, (token) => {
		const isComment = token.startsWith('//') || token.startsWith('/*');
		return isComment || what.strings ? token.replace(/[^\n]/g, ' ') : token;
	});
}

/** path:line of every place where the pattern (with flag g) is found. */
export function places(file: SourceFile, text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map((match) => `${file.path}:${text.slice(0, match.index).split('\n').length}`);
}

/** A word on its own: not part of a longer one, not a property, not the key of a record. */
export function wordPattern(word: string): RegExp {
	const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`(?<![\\w$#.])${escaped}(?![\\w$]|\\s*:)`, 'g');
}
