/**
 * `quorate config check [FILE] [flags]`: what a member started like that would do, without starting it: every option with its value and where that is
 * from, in the form of a configuration file. Mistakes end it as they end a start. Called by main.ts; the table itself is src/config.
 */

import { effectiveText } from '../config/effective.ts';
import { loadConfig, type ReadFile } from '../config/load.ts';
import type { Environment } from '../config/read-environment.ts';

export type ConfigCheck =
	| { readonly kind: 'text'; readonly text: string }
	| { readonly kind: 'error'; readonly exitCode: number; readonly line: string };

const USAGE = `Usage: quorate config check [FILE] [flags]

Prints the configuration that a member has with this file, or with these flags and the environment,
and where each value is from. Nothing is started, and no data is looked at. The output is itself a
configuration file. A mistake is one line, and exit code 1 (a value) or 2 (a flag), as at a start.
`;
const BAD_FLAG = 2;

/** argv: the words after `config`. */
export function checkConfig(argv: readonly string[], environment: Environment, readFile: ReadFile): ConfigCheck {
	const [verb, ...rest] = argv;
	if (verb === '--help' || verb === '-h' || verb === 'help') {
		return { kind: 'text', text: USAGE };
	}
	if (verb !== 'check') {
		return { kind: 'error', exitCode: BAD_FLAG, line: `quorate: config: ${JSON.stringify(verb ?? '')} is no command: there is quorate config check` };
	}
	const [first] = rest;
	const isFile = first !== undefined && !first.startsWith('-');
	const loaded = loadConfig(isFile ? ['--config-file', first, ...rest.slice(1)] : rest, environment, readFile);
	switch (loaded.kind) {
		case 'error':
			return { kind: 'error', exitCode: loaded.exitCode, line: loaded.line };
		case 'help':
			return { kind: 'text', text: USAGE };
		case 'version':
			return { kind: 'text', text: loaded.text };
		case 'serve':
			return { kind: 'text', text: effectiveText(loaded) };
	}
}
