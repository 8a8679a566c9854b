/**
 * `quorate check latency`: measures the links to other machines, and how long this one's disk takes to flush, before there is a cluster. On the other machines
 * anything that answers HTTP will do: a member, or `quorate check latency --listen URL`.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODES } from '../base/fatal.ts';
import { endWithCode } from './end.ts';
import { describeVerdict, type Measured } from './latency-verdict.ts';

export const CHECK_HELP = `Usage: quorate check latency --endpoints URL,URL [--data-dir DIR] [--rounds 200]
       quorate check latency --listen http://ADDRESS:PORT

Measures the links to the other members' machines and the flushes of this one's disk before a cluster
is started, and says which --tuning it would choose. What answers at the endpoints may be a member's
peer URL, or this command with --listen.

  --endpoints      http URLs to ask, separated by commas
  --data-dir '.'   a directory on the disk that the data will be on; it must be there
  --rounds '200'   times that each is measured (1 to 10000)
  --listen         answer others until interrupted

Exit codes: 0 all was measured, 1 something could not be, 2 bad arguments.
`;

const ROUNDS_MAX = 10_000;
const ANSWER_MILLISECONDS_MAX = 5_000;
/** A record of the log with a small put. */
const RECORD = Buffer.alloc(512, 'q');

/** write: where the page goes. */
export async function runCheck(args: readonly string[], write: (text: string) => void): Promise<void> {
	if (args[0] !== 'latency' || args.includes('--help')) {
		return args.includes('--help') ? write(CHECK_HELP) : bad(`"check ${args[0] ?? ''}" is no command: check latency`);
	}
	let values: Readonly<Record<string, string | undefined>>;
	try {
		const text = { type: 'string' } as const;
		values = parseArgs({ args: args.slice(1), options: { endpoints: text, 'data-dir': text, rounds: text, listen: text } }).values;
	} catch (error) {
		return bad(String(error instanceof Error ? error.message : error));
	}
	if (values['listen'] !== undefined) {
		listen(values['listen']);
		return;
	}
	const rounds = Number(values['rounds'] ?? '200');
	const endpoints = (values['endpoints'] ?? '').split(',').filter((each) => each !== '');
	const wrong = endpoints.find((each) => !isHttp(each));
	if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
		return bad(`--rounds: ${values['rounds']} must be a whole number from 1 to ${ROUNDS_MAX}`);
	}
	if (endpoints.length === 0 || wrong !== undefined) {
		return bad(wrong === undefined ? '--endpoints: must name at least one URL' : `--endpoints: ${wrong} must be an http URL`);
	}
	const links: Measured[] = [];
	for (const endpoint of endpoints) {
		links.push(await measureLink(endpoint, rounds));
	}
	const flush = measureFlush(values['data-dir'] ?? '.', rounds);
	write(describeVerdict(links, flush));
	process.exitCode = [...links, flush].some(({ trouble }) => trouble !== null) ? 1 : 0;
}

function bad(line: string): void {
	endWithCode(EXIT_CODES.bad_flag, `quorate: ${line}`);
}

function isHttp(text: string): boolean {
	return URL.canParse(text) && new URL(text).protocol === 'http:';
}

/** Answers with nothing, on connections that stay. */
function listen(url: string): void {
	if (!isHttp(url)) {
		bad(`--listen: ${url} must be an http URL`);
		return;
	}
	const { hostname, port } = new URL(url);
	createServer((_, response) => response.writeHead(204).end())
		.on('error', (error) => endWithCode(EXIT_CODES.bad_config, `quorate: --listen: ${url}: ${error.message}`))
		.listen({ host: hostname, port: Number(port) }, () => process.stdout.write(`answering at ${url}\n`));
}

/** Round trips on one connection; the first, which makes it, does not count. */
async function measureLink(endpoint: string, rounds: number): Promise<Measured> {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const values: number[] = [];
	try {
		await roundTrip(endpoint, agent);
		for (let i = 0; i < rounds; i++) {
			values.push(await roundTrip(endpoint, agent));
		}
		return { what: endpoint, values, trouble: null };
	} catch (error) {
		return { what: endpoint, values: [], trouble: error instanceof Error ? error.message : String(error) };
	} finally {
		agent.destroy();
	}
}

function roundTrip(endpoint: string, agent: Agent): Promise<number> {
	return new Promise((resolve, reject) => {
		const began = performance.now();
		const asked = request(new URL('/version', endpoint), { agent, timeout: ANSWER_MILLISECONDS_MAX }, (response) => {
			response.resume().on('end', () => resolve(performance.now() - began));
		});
		asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MILLISECONDS_MAX} ms`)));
		asked.on('error', reject).end();
	});
}

/** As the log does it: records one behind the other into a file that is there already, each flushed. */
function measureFlush(directory: string, rounds: number): Measured {
	const what = `flush in ${directory}`;
	try {
		const place = mkdtempSync(join(directory, '.quorate-check-'));
		try {
			const file = openSync(join(place, 'flush'), 'w');
			try {
				writeSync(file, Buffer.alloc(RECORD.length * rounds));
				fdatasyncSync(file);
				return { what, values: Array.from({ length: rounds }, (_, i) => flushOnce(file, i)), trouble: null };
			} finally {
				closeSync(file);
			}
		} finally {
			rmSync(place, { recursive: true, force: true });
		}
	} catch (error) {
		return { what, values: [], trouble: error instanceof Error ? error.message : String(error) };
	}
}

function flushOnce(file: number, i: number): number {
	const began = performance.now();
	writeSync(file, RECORD, 0, RECORD.length, i * RECORD.length);
	fdatasyncSync(file);
	return performance.now() - began;
}
