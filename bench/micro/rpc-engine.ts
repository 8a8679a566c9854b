/**
 * CPU that one unary call costs the server in the rpc engine, framing and HTTP/2 included, service and store left out: the method answers
 * 40 bytes at once. The callers are node's own HTTP/2 client in a process of its own; only the server's CPU is counted.
 * Prints a table and writes bench/results/rpc-engine.json. Run: node --import tsx bench/micro/rpc-engine.ts
 * For a profile of the server alone: node --cpu-prof --import tsx bench/micro/rpc-engine.ts --once
 */
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ClientSniffer } from '../../src/adapters/client-sniffer.ts';
import { H2RpcEngine } from '../../src/adapters/h2-rpc-engine.ts';
import { must } from '../../src/base/assert.ts';
import type { RpcMethod } from '../../src/ports/rpc-engine.ts';
import { describeMachine } from '../load/machine.ts';

interface Load {
	readonly name: string;
	readonly connections: number;
	/** Calls at a time on each. */
	readonly calls: number;
	readonly requests: number;
}

interface Order extends Load {
	readonly port: number;
}

const RUNS = 5;
const REQUEST_BYTES = 280;
const RESPONSE = new Uint8Array(40);
const LOADS: readonly Load[] = [
	{ name: '1 connection, 1 call at a time', connections: 1, calls: 1, requests: 3_000 },
	{ name: '100 connections, 1 call each', connections: 100, calls: 1, requests: 30_000 },
	{ name: '1 connection, 100 calls', connections: 1, calls: 100, requests: 30_000 },
	{ name: '10 connections, 100 calls each', connections: 10, calls: 100, requests: 50_000 },
];

const role = process.argv[2];
if (role === 'caller') {
	process.on('message', (order: Order) => void call(order).then((seconds) => process.send?.(seconds)));
} else {
	await serve(role === '--once');
}

async function serve(once: boolean): Promise<void> {
	const method: RpcMethod = { shape: 'unary', handle: (_request, rpc) => rpc.succeed(RESPONSE) };
	const limits = { messageBytesMax: 2 ** 21, maxConcurrentStreams: 2 ** 32 - 1, readMilliseconds: 60_000, handshakeMilliseconds: 10_000 };
	const engine = new H2RpcEngine(limits, { find: () => method });
	const sniffer = new ClientSniffer(
		{ decideMilliseconds: 10_000, undecidedMax: 1_024 },
		{ http1: (socket) => void socket.destroy(), http2: (socket) => engine.accept(socket) },
	);
	const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => sniffer.accept(socket));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const caller = fork(fileURLToPath(import.meta.url), ['caller'], { execArgv: ['--import', 'tsx'] });
	const run = async (load: Load): Promise<{ readonly cpuMicroseconds: number; readonly perSecond: number }> => {
		const before = process.cpuUsage();
		const seconds = await new Promise<number>((resolve) => {
			caller.once('message', resolve);
			caller.send({ ...load, port } satisfies Order);
		});
		const { user, system } = process.cpuUsage(before);
		return { cpuMicroseconds: (user + system) / load.requests, perSecond: load.requests / seconds };
	};
	const machine = describeMachine();
	console.log(JSON.stringify(machine));
	const rows = [];
	for (const load of once ? LOADS.slice(-1) : LOADS) {
		await run(load);
		const runs = [];
		for (let i = 0; i < (once ? 1 : RUNS); i++) {
			runs.push(await run(load));
		}
		const row = { ...load, cpuMicroseconds: spread(runs.map((each) => each.cpuMicroseconds)), perSecond: spread(runs.map((each) => each.perSecond)) };
		rows.push(row);
		console.log(load.name.padEnd(36), `CPU us a call ${text(row.cpuMicroseconds)}`.padEnd(40), `calls/s ${text(row.perSecond)}`);
	}
	caller.disconnect();
	await engine.close();
	server.close();
	if (!once) {
		const results = fileURLToPath(new URL('../results/', import.meta.url));
		mkdirSync(results, { recursive: true });
		writeFileSync(
			`${results}rpc-engine.json`,
			`${JSON.stringify({ bench: 'rpc-engine', machine, runs: RUNS, requestBytes: REQUEST_BYTES, rows }, null, '\t')}\n`,
		);
	}
}

/** Seconds for all requests of the order, connecting left out. */
async function call(order: Order): Promise<number> {
	const body = Buffer.alloc(5 + REQUEST_BYTES);
	body.writeUInt32BE(REQUEST_BYTES, 1);
	const headers = { ':method': 'POST', ':path': '/etcdserverpb.KV/Put', 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'bench' };
	const sessions = Array.from({ length: order.connections }, () => connect(`http://127.0.0.1:${order.port}`));
	const one = (session: (typeof sessions)[number]): Promise<void> =>
		new Promise((resolve, reject) => {
			const stream = session.request(headers);
			stream.on('error', reject);
			stream.on('close', resolve);
			stream.resume();
			stream.end(body);
		});
	await Promise.all(sessions.map(one));
	const began = performance.now();
	let left = order.requests;
	const loop = async (session: (typeof sessions)[number]): Promise<void> => {
		while (left > 0) {
			left -= 1;
			await one(session);
		}
	};
	await Promise.all(sessions.flatMap((session) => Array.from({ length: order.calls }, () => loop(session))));
	const seconds = (performance.now() - began) / 1_000;
	for (const session of sessions) {
		session.close();
	}
	return seconds;
}

interface Spread {
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

function spread(figures: readonly number[]): Spread {
	const sorted = figures.map((figure) => Math.round(figure * 10) / 10).sort((a, b) => a - b);
	const at = (index: number): number => must(sorted[index], 'a run gave a figure');
	return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

function text({ min, median, max }: Spread): string {
	return `${min} / ${median} / ${max}`;
}
