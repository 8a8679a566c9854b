/**
 * The section of the README that goes through the classic guide, run as it is printed: its lines, in their order, by one shell. Only `quorate` is this
 * checkout's, and the ports are free ones.
 */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeTempDirectory } from '../support/cleanup.ts';
import { freePorts } from '../support/free-ports.ts';
import { quorateCommand } from '../support/member.ts';
import { run } from '../support/run.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const WITHIN_SECONDS = 240;
const DEFAULT_CLIENT = 2379;
const DEFAULT_PEER = 2380;
/** In the order of the guide's lines: what each request with curl came to. */
const FIRST_MEMBER = ['set', 'get', 'set', 'delete', 'set', 'update', 'set', 'create', '105', 'compareAndSwap', 'set', 'get', 'delete'];
const SECURED = ['set', 'get', 'set', 'set', 'set'];

function linesOfGuide(): string {
	const section = /^## The classic guide, in order$([\s\S]*?)^## /m.exec(readFileSync(README, 'utf8'))?.[1] ?? '';
	return [...section.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '').join('');
}

/** Each port of the guide becomes a free one; loops are unrolled by the shell itself, which looks the port up in a table. */
async function withFreePorts(lines: string): Promise<string> {
	const ports = [DEFAULT_CLIENT, DEFAULT_PEER, 2479, 2480, ...[1, 2, 3].flatMap((i) => [3079 + 100 * i, 3080 + 100 * i])];
	const free = await freePorts(ports.length);
	const table = ports.map((port, i) => `[${port}]=${free[i]}`).join(' ');
	const looked = lines.replace(/127\.0\.0\.1:([23][\w${}]+)/g, (_, port: string) => `127.0.0.1:${lookUp(port)}`);
	// In single quotes nothing would be looked up.
	const quoted = looked.replace(/'([^'\n]*\$\{port[^'\n]*)'/g, '"$1"');
	return `declare -A port=(${table})\nexport GUIDE_CLIENT=${lookUp(DEFAULT_CLIENT)} GUIDE_PEER=${lookUp(DEFAULT_PEER)}\n${quoted}`;
}

function lookUp(port: string | number): string {
	return ['$', `{port[${port}]}`].join('');
}

/** The command of the guide; where it leaves out URLs, the defaults, on ports that are free. */
function installQuorate(directory: string): void {
	const { command, args } = quorateCommand([]);
	const given = [command, ...args].map((word) => `'${word}'`).join(' ');
	const script = `#!/bin/bash
case " $* " in
	*' pki '* | *listen-client-urls*) exec ${given} "$@" ;;
	*) exec ${given} "$@" --listen-client-urls "http://127.0.0.1:$GUIDE_CLIENT" --advertise-client-urls "http://127.0.0.1:$GUIDE_CLIENT" \\
		--listen-peer-urls "http://127.0.0.1:$GUIDE_PEER" --initial-advertise-peer-urls "http://127.0.0.1:$GUIDE_PEER" ;;
esac
`;
	const path = join(directory, 'quorate');
	writeFileSync(path, script);
	chmodSync(path, 0o755);
}

test('clients: the classic guide: its commands, in order, as the README prints them, do what they say', async () => {
	const directory = makeTempDirectory('guide');
	installQuorate(directory);
	const lines = await withFreePorts(linesOfGuide());
	assert.ok(lines.includes('etcdctl') && lines.includes('--discovery'), 'the section is there');
	const script = `set -e -o pipefail
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
export PATH="$PWD:$PATH"
${lines}`;
	const path = join(directory, 'guide.sh');
	writeFileSync(path, script);
	// Its own process group goes with it, should it hang.
	const ended = await run('timeout', ['-k', '5', String(WITHIN_SECONDS), 'bash', path], { cwd: directory, withinMs: (WITHIN_SECONDS + 10) * 1_000 });
	const told = `${ended.stdout}\n${ended.stderr.slice(-4_000)}`;
	assert.equal(ended.code, 0, told);
	const outcomes = [...ended.stdout.matchAll(/"action":"(\w+)"|"errorCode":(\d+)/g)].map(([, action, error]) => action ?? error);
	assert.deepEqual(outcomes, [...FIRST_MEMBER, ...SECURED], told);
	assert.match(ended.stdout, /^Hello\nHello\nPrevNode\.Value: Hello$/m, 'etcdctl sets, gets and removes');
	assert.match(ended.stdout, /^\/from\/m1\n\/from\/m2\n\/from\/m3$/m, 'what three members wrote is there');
	assert.equal(ended.stdout.match(/^[0-9a-f]+: name=m[123] peerURLs=https:\S+ clientURLs=https:\S+ isLeader=(?:true|false)$/gm)?.length, 3, told);
});
