/**
 * `npm run cluster`: the three members of config/cluster-3 on this machine, their lines prefixed with their names. Ctrl-C stops them all;
 * the runner ends when all have ended. `npm run cluster -- b` starts one of them, so that a member that was killed can come back; with the word
 * `secured`, the members are those of config/cluster-3-secured, with the certificates in ./pki.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.ts';
import { endProcess } from './end.ts';
import { findPinnedNode, isNodeNewEnough } from './pinned-node.ts';
import { onStopSignals } from './stop-signals.ts';

const SECURED = 'secured';
const MEMBERS = ['a', 'b', 'c'] as const;
type Name = (typeof MEMBERS)[number];
const COLOURS = { a: 36, b: 33, c: 35 } as const satisfies Record<Name, number>;
/** Members promise to stop within 5 s. */
const STOP_MILLISECONDS_MAX = 10_000;

interface Running {
	readonly name: Name;
	readonly child: ChildProcess;
}

function main(argv: readonly string[]): void {
	const words = argv.filter((word) => word !== SECURED);
	const folder = words.length === argv.length ? 'cluster-3' : 'cluster-3-secured';
	const names = words.length === 0 ? MEMBERS : MEMBERS.filter((name) => words.includes(name));
	const unknown = words.find((word) => !MEMBERS.some((name) => name === word));
	if (unknown !== undefined) {
		endProcess('bad_flag', `unknown member ${JSON.stringify(unknown)}: the members are ${MEMBERS.join(', ')}`);
	}
	const node = isNodeNewEnough(process.versions.node) ? process.execPath : findPinnedNode();
	if (node === null) {
		endProcess('bad_config', `needs Node 22.19 or later: this is ${process.versions.node}`);
	}
	const running = new Set(names.map((name) => startMember(node, folder, name)));
	const stop = { isAsked: false, failures: 0 };
	for (const member of running) {
		member.child.on('close', (code, signal) => {
			running.delete(member);
			stop.failures += code === 0 ? 0 : 1;
			say(
				member.name,
				`ended with ${signal ?? `exit code ${code}`}${stop.isAsked ? '' : `; to start it again: npm run cluster -- ${argv.length > words.length ? `${SECURED} ` : ''}${member.name}`}`,
			);
			if (running.size === 0) {
				process.exitCode = stop.failures === 0 ? 0 : 1;
			}
		});
	}
	onStopSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], {
		asked: () => {
			stop.isAsked = true;
			signalAll(running, 'SIGTERM');
			setTimeout(() => signalAll(running, 'SIGKILL'), STOP_MILLISECONDS_MAX).unref();
		},
		insisted: () => signalAll(running, 'SIGKILL'),
	});
}

function startMember(node: string, folder: string, name: Name): Running {
	const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
	const script = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
	const child = startChild({ node, script, argv: ['--config-file', configFile(folder, name)], output: 'pipe' });
	child.on('error', (error) => endProcess('bad_config', `cannot start ${node}: ${error.message}`));
	say(name, `started, pid ${child.pid}`);
	for (const output of [child.stdout, child.stderr]) {
		if (output !== null) {
			createInterface({ input: output }).on('line', (line) => say(name, line));
		}
	}
	return { name, child };
}

/** From src/cli or from dist/src/cli. */
function configFile(folder: string, name: Name): string {
	const candidates = ['../../', '../../../'].map((up) => fileURLToPath(new URL(`${up}config/${folder}/${name}.yml`, import.meta.url)));
	return candidates.find((path) => existsSync(path)) ?? endProcess('bad_config', `config/${folder}/${name}.yml is missing`);
}

function signalAll(running: ReadonlySet<Running>, signal: NodeJS.Signals): void {
	for (const { child } of running) {
		child.kill(signal);
	}
}

function say(name: Name, line: string): void {
	const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
	process.stdout.write(isColoured ? `\u001b[${COLOURS[name]}m${name} |\u001b[0m ${line}\n` : `${name} | ${line}\n`);
}

main(process.argv.slice(2));
