/**
 * The list of differences from Debian's etcd that are meant: known-differences.md. A rule that hides a difference from a comparison names
 * its line there, so that nothing is hidden that is not written down with its place in the reference.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const LINE = /^- `([a-z0-9-]+)`: .+\((?:etcd-surface|design)\.md [0-9.]+\)\.$/;

const NAMES: ReadonlySet<string> = new Set(
	readFileSync(new URL('./known-differences.md', import.meta.url), 'utf8')
		.split('\n')
		.flatMap((line) => LINE.exec(line)?.[1] ?? []),
);

export type Rule = (text: string) => string;

/** Replaces what the pattern matches in the transcripts of both systems. name: a line of known-differences.md. */
export function known(name: string, pattern: RegExp, replacement: string | ((...groups: string[]) => string)): Rule {
	assert.ok(NAMES.has(name), `known-differences.md has no line \`${name}\` with its place in the reference`);
	assert.ok(pattern.global, `the pattern of ${name} replaces every match`);
	return (text) => text.replace(pattern, replacement as (...groups: string[]) => string);
}
