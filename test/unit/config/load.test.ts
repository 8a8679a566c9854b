import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Loaded, loadConfig, type ReadFile } from '../../../src/config/load.ts';

const NO_FILE: ReadFile = () => ({ ok: false, problem: 'no such file' });

function load(argv: readonly string[], environment: Record<string, string> = {}, file: string | null = null): Loaded {
	return loadConfig(argv, environment, file === null ? NO_FILE : () => ({ ok: true, text: file }));
}

function served(loaded: Loaded): Extract<Loaded, { kind: 'serve' }> {
	assert.equal(loaded.kind, 'serve', JSON.stringify(loaded));
	return loaded as Extract<Loaded, { kind: 'serve' }>;
}

function refused(loaded: Loaded, exitCode: number, line: RegExp): void {
	assert.equal(loaded.kind, 'error', JSON.stringify(loaded));
	const error = loaded as Extract<Loaded, { kind: 'error' }>;
	assert.match(error.line, line);
	assert.doesNotMatch(error.line, /\n/);
	assert.equal(error.exitCode, exitCode);
}

test('config: defaults: no arguments make a member of one on the default ports', () => {
	const { config, warnings } = served(load([]));
	assert.deepEqual(
		{ name: config.name, dir: config.dataDir, client: config.listenClientUrls, cluster: config.initialCluster },
		{
			name: 'default',
			dir: 'default.quorate',
			client: ['http://localhost:2379'],
			cluster: [{ name: 'default', urls: ['http://localhost:2380'] }],
		},
	);
	assert.deepEqual(warnings, []);
});

test('config: defaults: the cluster follows the name and the advertised peer URLs', () => {
	const { config } = served(load(['--name', 'm1', '--initial-advertise-peer-urls', 'http://10.0.0.1:2380,http://10.0.0.1:1380']));
	assert.deepEqual(config.initialCluster, [{ name: 'm1', urls: ['http://10.0.0.1:1380', 'http://10.0.0.1:2380'] }]);
	assert.equal(config.dataDir, 'm1.quorate');
});

test('config: result: it is frozen to the bottom and survives JSON', () => {
	const { config } = served(load([]));
	assert.ok(Object.isFrozen(config) && Object.isFrozen(config.initialCluster[0]) && Object.isFrozen(config.listenClientUrls));
	assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
});

test('config: flags: all spellings of Go are read, and the last of two counts', () => {
	const { config } = served(load(['-name=x', '--name', 'y', '--pre-vote=false', '-initial-election-tick-advance', '-api-lanes', '4']));
	assert.deepEqual([config.name, config.preVote, config.initialElectionTickAdvance, config.apiLanes], ['y', false, true, 4]);
});

test('config: flags: an unknown flag exits 2 and is named', () => {
	refused(load(['--nmae', 'x']), 2, /unknown flag --nmae/);
	refused(load(['---name', 'x']), 2, /---name/);
	refused(load(['--name']), 2, /--name needs a value/);
	refused(load(['--pre-vote', 'false']), 2, /"false".*--flag=false/);
	refused(load(['--__proto__=1']), 2, /__proto__/);
	refused(load(['--constructor=1']), 2, /unknown flag --constructor/);
});

test('config: help and version: they win over everything that would be refused', () => {
	const help = load(['--cert-file', 'x', '-h']);
	assert.equal(help.kind, 'help');
	assert.match('text' in help ? help.text : '', /--listen-client-urls/);
	const version = load(['--version', '--election-timeout', '1']);
	assert.deepEqual(version, { kind: 'version', text: 'quorate Version: 0.1.0\netcd Version: 3.7.0\n' });
});

test('config: environment: ETCD_ for the options of etcd, QUORATE_ for the own ones, empty is unset', () => {
	const { config } = served(load([], { ETCD_NAME: 'e', QUORATE_API_LANES: '2', ETCD_DATA_DIR: '', HOME: '/root' }));
	assert.deepEqual([config.name, config.apiLanes, config.dataDir], ['e', 2, 'e.quorate']);
});

test('config: environment: a name that is in no table only warns', () => {
	const { warnings } = served(load([], { ETCD_NMAE: 'x', ETCD_UNSUPPORTED_ARCH: 'arm' }));
	assert.deepEqual(warnings, ['unrecognized environment variable ETCD_NMAE']);
});

test('config: environment: the same option as flag and variable is an error that names both', () => {
	refused(load(['--name', 'x'], { ETCD_NAME: 'x' }), 1, /--name.*ETCD_NAME/);
	refused(load(['--enable-v2'], { ETCD_ENABLE_V2: 'true' }), 1, /--enable-v2.*ETCD_ENABLE_V2/);
});

test('config: file: it replaces flags and environment, and says so', () => {
	const { config, warnings } = served(load(['--config-file', 'f.yml', '--name', 'x'], { ETCD_DATA_DIR: '/d' }, 'name: f\nheartbeat-interval: 50\n'));
	assert.deepEqual([config.name, config.dataDir, config.heartbeatMs], ['f', 'f.quorate', 50]);
	assert.deepEqual(warnings, ['--config-file: f.yml is used, so these are ignored: --name, ETCD_DATA_DIR']);
});

test('config: file: its name may come from the environment', () => {
	assert.equal(served(load([], { ETCD_CONFIG_FILE: 'f' }, '{"name": "json", "pre-vote": false}')).config.name, 'json');
});

test('config: file: mistakes are one line that names the key', () => {
	refused(load(['--config-file', 'f'], {}, 'nmae: x'), 1, /f: unknown key "nmae"/);
	refused(load(['--config-file', 'f'], {}, 'config-file: x'), 1, /unknown key "config-file"/);
	refused(load(['--config-file', 'f'], {}, 'name: 1.10'), 1, /name \(in f\).*quotes/);
	refused(load(['--config-file', 'f'], {}, 'api-lanes: [1]'), 1, /api-lanes \(in f\): \[1\] must be a number/);
	refused(load(['--config-file', 'f'], {}, 'name: a\nname: b'), 1, /not YAML/);
	refused(load(['--config-file', 'f'], {}, '- a'), 1, /must be a map/);
	refused(load(['--config-file', 'f'], {}, 'election-timeout: 60000'), 1, /election-timeout \(in f\): "60000" must be .* 5 to 50000/);
	refused(load(['--config-file', 'f']), 1, /--config-file: "f" cannot be read: no such file/);
});

test("config: file: an etcd file in the form of etcd's sample is read, with a line for each thing ignored", () => {
	const sample = `name: 'default'
data-dir:
wal-dir:
quota-backend-bytes: 0
cors:
discovery:
proxy: 'off'
enable-pprof: true
initial-cluster:
client-transport-security:
  cert-file:
  client-cert-auth: false
  trusted-ca-file:
  auto-tls: false
peer-transport-security:
  cert-file:
log-outputs: [stderr]
force-new-cluster: false
auto-compaction-retention: "1"
tls-min-version: 'TLS1.2'
`;
	const { warnings } = served(load(['--config-file', 'f'], {}, sample));
	assert.deepEqual(
		warnings.map((line) => line.split(' ')[0]),
		[],
	);
});

test('config: foreign flags: harmless ones are ignored by name, unsafe ones refused by name', () => {
	const { warnings } = served(load(['--enable-v2', '--max-wals', '5', '--auth-token', 'simple']));
	assert.deepEqual(warnings, ['--enable-v2: ignored: the v2 API is always served', '--max-wals: ignored: the log is in the data directory']);
	refused(load(['--proxy', 'on']), 1, /--proxy: "on" is refused: there is no proxy mode/);
	refused(load(['--addr', 'x:4001']), 1, /--addr: "x:4001" is refused: .*--advertise-client-urls/);
});

test('config: rules: each broken rule names option, value and rule', () => {
	const broken: readonly (readonly [string[], RegExp])[] = [
		[['--heartbeat-interval', '201'], /--election-timeout: "1000" must be at least 5 times --heartbeat-interval \(201\)/],
		[['--election-timeout', '50001'], /--election-timeout: "50001" .* 5 to 50000 \(ms\)/],
		[['--api-lanes', '1e1'], /--api-lanes: "1e1" .* 1 to 64/],
		[['--api-lanes', '65'], /--api-lanes: "65"/],
		[['--watch-progress-notify-interval', '99ms'], /--watch-progress-notify-interval: "99ms" must be a time such as 1m30s, from 100ms to 24h/],
		[['--snapshot-count', ''], /--snapshot-count: "" must be a whole number/],
		[['--pre-vote=maybe'], /--pre-vote: "maybe" must be true or false/],
		[['--log-level', 'loud'], /--log-level: "loud" must be one of debug,/],
		[['--name', 'a,b'], /--name: "a,b"/],
		[['--name', '../x'], /--name: "..\/x" .*--data-dir/],
		[['--name', 'a\nb'], /control characters/],
		[['--listen-client-urls', 'http://127.0.0.1:1'], /--listen-client-urls: .*needs --advertise-client-urls/],
		[['--listen-peer-urls', 'http://localhost:2379'], /--listen-peer-urls: .*share.*:2379/],
		[['--initial-cluster', 'x=http://localhost:2380'], /--initial-cluster: .*must list this member's name \(default\)/],
		[['--initial-cluster', 'default=http://localhost:2381'], /--initial-cluster: .*http:\/\/localhost:2380/],
		[['--max-request-bytes', '33554433'], /--max-request-bytes/],
		[['--lane-bytes-max', '1048576'], /--lane-bytes-max: "1048576" must be at least --max-request-bytes/],
		[['--placement', 'raft,log'], /--placement: "raft,log" .*store, peer, watch, api missing/],
	];
	for (const [argv, line] of broken) {
		refused(load(argv), 1, line);
	}
});

test('config: rules: a request limit above ten mebibytes is accepted with a warning', () => {
	assert.match(served(load(['--max-request-bytes', '20000000'])).warnings.join(), /--max-request-bytes: 20000000/);
});
