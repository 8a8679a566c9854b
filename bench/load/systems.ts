/** What is measured: quorate or etcd, started on ports and a data directory of their own, or servers that run already. Used by bench/run.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const READY_SECONDS = 30;
const STOP_SECONDS = 10;
const LAUNCHER = 'dist/src/cli/launcher.js';

export interface System {
	readonly name: string;
	/** host:port of each member's client URL. */
	readonly endpoints: readonly string[];
	/** Processes whose CPU counts; empty for servers that were not started here. */
	readonly pids: readonly number[];
	stop(): Promise<void>;
}

export interface StartOptions {
	readonly members: number;
	readonly dataRoot: string;
	/** More flags of quorate. */
	readonly flags?: readonly string[];
}

interface Program {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
}

export function runningSystem(endpoints: readonly string[]): System {
	return { name: 'target', endpoints, pids: [], stop: async () => {} };
}

export function startQuorate(options: StartOptions): Promise<System> {
	return start({ name: 'quorate', command: process.execPath, args: [resolve(LAUNCHER), ...(options.flags ?? [])] }, options);
}

/** The same settings as quorate's defaults; the quota only so that a long bench does not end in NOSPACE. */
export function startEtcd(options: StartOptions): Promise<System> {
	const command = ['/usr/bin/etcd', '/usr/local/bin/etcd'].find((path) => existsSync(path));
	if (command === undefined) {
		throw new Error('--against etcd needs an etcd server: apt-get install etcd-server');
	}
	return start({ name: 'etcd', command, args: ['--quota-backend-bytes', String(8 * 2 ** 30)] }, options);
}

async function start(program: Program, { members, dataRoot }: StartOptions): Promise<System> {
	const directory = resolve(dataRoot, `${program.name}-${process.pid}`);
	rmSync(directory, { recursive: true, force: true });
	mkdirSync(directory, { recursive: true });
	const ports = await freePorts(2 * members);
	const url = (at: number): string => `http://127.0.0.1:${ports[at]}`;
	const cluster = Array.from({ length: members }, (_, i) => `m${i}=${url(members + i)}`).join(',');
	const children = Array.from({ length: members }, (_, i) => {
		const log = openSync(join(directory, `m${i}.log`), 'w');
		const urls = ['--listen-client-urls', url(i), '--advertise-client-urls', url(i)];
		const peers = ['--listen-peer-urls', url(members + i), '--initial-advertise-peer-urls', url(members + i)];
		const args = ['--name', `m${i}`, '--data-dir', join(directory, `m${i}`), ...urls, ...peers, '--initial-cluster', cluster];
		return spawn(program.command, [...program.args, ...args], { stdio: ['ignore', log, log] });
	});
	const stop = async (): Promise<void> => {
		await Promise.all(children.map(end));
		rmSync(directory, { recursive: true, force: true });
	};
	try {
		await Promise.all(children.map((child, i) => untilReady(child, url(i), join(directory, `m${i}.log`))));
	} catch (error) {
		await Promise.all(children.map(end));
		throw error;
	}
	const pids = children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
	return { name: program.name, endpoints: ports.slice(0, members).map((port) => `127.0.0.1:${port}`), pids, stop };
}

async function untilReady(child: ChildProcess, url: string, log: string): Promise<void> {
	for (let tries = 0; tries < READY_SECONDS * 10; tries++) {
		if (child.exitCode !== null || child.signalCode !== null) {
			throw new Error(`the server ended before it was ready: see ${log}`);
		}
		const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
		if (answer?.status === 200) {
			return;
		}
		await pause(100);
	}
	throw new Error(`the server was not ready within ${READY_SECONDS} s: see ${log}`);
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) {
		return;
	}
	const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1_000);
	child.kill('SIGTERM');
	await once(child, 'exit');
	clearTimeout(timer);
}

/** Free a moment ago; etcd cannot be told to choose one itself. */
async function freePorts(count: number): Promise<readonly number[]> {
	const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
	await Promise.all(servers.map((server) => once(server, 'listening')));
	const ports = servers.flatMap((server) => {
		const address = server.address();
		return typeof address === 'object' && address !== null ? [address.port] : [];
	});
	for (const server of servers) {
		server.close();
	}
	return ports;
}
