/** etcd's own configuration file: the sample that it ships, a file in which every section is used, and Debian's file of variables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from '../../../src/cli/config-check.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { OPTION_NAMES, optionSpec } from '../../../src/config/options.ts';
import { EVERY_SECTION, SAMPLE } from '../../support/etcd-config-files.ts';

function read(text: string): { readonly config: Config; readonly warnings: readonly string[] } {
	const loaded = loadConfig(['--config-file', 'f.yml'], {}, () => ({ ok: true, text }));
	assert.equal(loaded.kind, 'serve', JSON.stringify(loaded));
	assert.ok(loaded.kind === 'serve');
	return loaded;
}

function printed(text: string): ReadonlyMap<string, string> {
	const checked = checkConfig(['check', 'f.yml'], {}, () => ({ ok: true, text }));
	assert.ok(checked.kind === 'text', JSON.stringify(checked));
	return new Map(
		checked.text.split('\n').map((line) => [
			line.slice(0, line.indexOf(':')),
			line
				.slice(line.indexOf(':') + 1)
				.replace(/\s+/g, ' ')
				.trim(),
		]),
	);
}

test("config: etcd's file: the sample that etcd ships is read, and says nothing", () => {
	const { config, warnings } = read(SAMPLE);
	assert.deepEqual(warnings, []);
	assert.equal(config.snapshotCount, 10_000);
	assert.equal(config.clientTls.certFile, '');
});

test("config: etcd's file: every section counts", () => {
	const { config } = read(EVERY_SECTION);
	assert.equal(config.watchProgressMs, 600_000);
	assert.equal(config.socketReusePort, true);
	assert.deepEqual(config.clientTls.allowedNames, ['alice', 'bob']);
	assert.deepEqual(config.peerTls.allowedHosts, ['a.example', 'b.example']);
	assert.deepEqual(config.logging.files, ['/tmp/quorate-test.log']);
	assert.equal(config.logging.standardError, true);
	assert.equal(config.initialCorruptCheck, true);
	assert.deepEqual(config.keepAlive, { minTimeMs: 7_000, intervalMs: 60_000, timeoutMs: 5_000 });
	assert.equal(config.discovery.kind, 'v3');
});

test('config: check: each value comes with its source', () => {
	const values = printed(EVERY_SECTION);
	assert.equal(values.get('watch-progress-notify-interval'), '"600000000000ns" # watch-progress-notify-interval (in f.yml)');
	assert.equal(values.get('client-cert-allowed-cn'), '"alice,bob" # client-transport-security.allowed-cn (in f.yml)');
	assert.equal(values.get('heartbeat-interval'), '100 # default');
	assert.equal(values.get('data-dir'), '"m7.quorate" # default');
	assert.equal(values.get('discovery-password'), '"***" # discovery-config.client.auth.password (in f.yml)');
});

test('config: check: every option of files is printed, and what is printed is a file that means the same', () => {
	const checked = checkConfig(['check', '--name', 'm1', '--election-timeout=2000'], { ETCD_LOG_LEVEL: 'warn' }, () => ({
		ok: false,
		problem: 'none',
	}));
	assert.ok(checked.kind === 'text');
	assert.deepEqual(
		OPTION_NAMES.filter((name) => optionSpec(name).flagOnly !== true && !checked.text.includes(`${name}: `)),
		[],
	);
	const { config } = read(checked.text);
	const direct = loadConfig(['--name', 'm1', '--election-timeout=2000'], { ETCD_LOG_LEVEL: 'warn' }, () => ({ ok: false, problem: 'none' }));
	assert.ok(direct.kind === 'serve');
	assert.deepEqual(config, direct.config);
	assert.match(checked.text, /^log-level: "warn" +# ETCD_LOG_LEVEL$/m);
	assert.match(checked.text, /^election-timeout: 2000 +# --election-timeout$/m);
});

test('config: check: a mistake is the line of a start, with its exit code', () => {
	const bad = (argv: readonly string[]) => checkConfig(argv, {}, () => ({ ok: true, text: 'election-timeout: 7' }));
	assert.deepEqual(bad(['check', '--nmae', 'x']), { kind: 'error', exitCode: 2, line: 'quorate: unknown flag --nmae: see quorate --help' });
	const file = bad(['check', 'f.yml']);
	assert.ok(file.kind === 'error' && file.exitCode === 1);
	assert.match(file.line, /election-timeout \(in f\.yml\): "7" must be at least 5 times/);
	assert.match(JSON.stringify(bad(['print'])), /no command/);
});

test("config: environment: Debian's /etc/default/etcd counts", () => {
	const debian = `ETCD_NAME="node1"
ETCD_DATA_DIR="/var/lib/etcd/default"
ETCD_SNAPSHOT_COUNT="5000"
ETCD_LISTEN_PEER_URLS="http://127.0.0.1:7001"
ETCD_INITIAL_ADVERTISE_PEER_URLS="http://localhost:7001"
ETCD_ELECTION_TIMEOUT=""
ETCD_PROXY="off"
ETCD_STRICT_RECONFIG_CHECK="true"
`;
	const pairs = debian.split('\n').flatMap((line) => [...line.matchAll(/^(\w+)="(.*)"$/g)].map(([, name, value]) => [name, value]));
	const loaded = loadConfig([], Object.fromEntries(pairs), () => ({ ok: false, problem: 'none' }));
	assert.ok(loaded.kind === 'serve', JSON.stringify(loaded));
	assert.deepEqual(loaded.warnings, []);
	const { name, snapshotCount, listenPeerUrls, electionMs } = loaded.config;
	assert.deepEqual(
		{ name, snapshotCount, listenPeerUrls, electionMs },
		{ name: 'node1', snapshotCount: 5_000, listenPeerUrls: ['http://127.0.0.1:7001'], electionMs: 1_000 },
	);
});
