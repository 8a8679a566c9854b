/**
 * The daemon's entry: reads the configuration and hands over to serve.ts. Must run on a Node that pinned-node.ts finds new enough; the launcher
 * sees to that. Nothing heavy is loaded before the configuration is known to be good.
 */
import { readFileSync } from 'node:fs';
import { EXIT_CODES } from '../base/fatal.ts';
import { loadConfig, type ReadFile } from '../config/load.ts';
import { toFailure } from '../runtime/failure.ts';
import { absentCommand } from './absent-commands.ts';
import { endSoon, endWithCode, writeLine } from './end.ts';
import { watchLauncher } from './launcher-pipe.ts';

/** libuv's threads are shared by all actors' flushes and file reads. Read by libuv when it first needs one, which is after this line. */
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const readFile: ReadFile = (path) => {
	try {
		return { ok: true, text: readFileSync(path, 'utf8') };
	} catch (error) {
		return { ok: false, problem: error instanceof Error ? error.message : String(error) };
	}
};

function endByFailure(error: unknown): void {
	const { reason, message, stack } = toFailure(error);
	if (reason === 'unhandled' || reason === 'assertion') {
		writeLine(stack);
	}
	endSoon(reason, message);
}

async function main(): Promise<void> {
	process.on('uncaughtException', endByFailure);
	process.on('unhandledRejection', endByFailure);
	watchLauncher(process.env, () => endSoon('launcher_gone', 'the launcher that started this process is gone'));
	if (process.argv[2] === 'import') {
		const { runImport } = await import('./import.ts');
		return runImport(process.argv.slice(3));
	}
	if (process.argv[2] === 'pki') {
		const { runPki } = await import('./pki.ts');
		return runPki(process.argv.slice(3));
	}
	if (process.argv[2] === 'check') {
		const { runCheck } = await import('./check-latency.ts');
		return runCheck(process.argv.slice(3), (text) => void process.stdout.write(text));
	}
	if (process.argv[2] === 'config') {
		const { checkConfig } = await import('./config-check.ts');
		const checked = checkConfig(process.argv.slice(3), process.env, readFile);
		return checked.kind === 'text' ? void process.stdout.write(checked.text) : endWithCode(checked.exitCode, checked.line);
	}
	const absent = absentCommand(process.argv[2]);
	if (absent !== null) {
		return endWithCode(EXIT_CODES.bad_flag, absent);
	}
	const loaded = loadConfig(process.argv.slice(2), process.env, readFile);
	switch (loaded.kind) {
		case 'help':
		case 'version':
			process.stdout.write(loaded.text);
			return;
		case 'error':
			return endWithCode(loaded.exitCode, loaded.line);
		case 'serve': {
			const { serve } = await import('./serve.ts');
			await serve(loaded.config, loaded.warnings);
		}
	}
}

await main();
