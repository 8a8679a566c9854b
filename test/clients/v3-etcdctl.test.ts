/** etcdctl with ETCDCTL_API=3: what it prints and how it exits, on quorate and on Debian's etcd. Revisions must be equal: both stores are fresh. */
import { describe, test } from 'node:test';
import { configurations } from './configurations.ts';
import { known, type Rule } from './known-differences.ts';
import { type Pair, usePair } from './pair.ts';
import { type Command, compare } from './transcript.ts';

type Line = readonly string[] | { readonly args: readonly string[]; readonly input: string };

const RULES: readonly Rule[] = [
	known('ids', /"(cluster_id|member_id|leader|ID)":\d+/g, '"$1":"ID"'),
	known('ids', /("?(?:ClusterID|MemberID|Leader|ID)"? ?: ?)\d+/g, '$1ID'),
	known('ids', /(?<!-)\b[0-9a-f]{12,16}\b/g, 'ID'),
	known('raft-place', /("?(?:raft_term|raftTerm|raftIndex|raftAppliedIndex|RaftTerm|RaftIndex|RaftAppliedIndex)"? ?: ?)\d+/g, '$1N'),
	// endpoint status: address, id, version, size, leader, learner, term, index, applied index, errors.
	known('version', /^(CLIENT|http:\/\/CLIENT), ID, [\d.]+, /gm, '$1, ID, VERSION, '),
	known('db-size', /VERSION, [\d.]+ [kMG]?B, /g, 'VERSION, SIZE, '),
	known('raft-place', /SIZE, (true|false), (true|false), \d+, \d+, \d+/g, 'SIZE, $1, $2, N, N, N'),
	known('version', /"version":"[\d.]+"/g, '"version":"VERSION"'),
	known('db-size', /"(dbSize|dbSizeInUse)":\d+/g, '"$1":"SIZE"'),
	known('alarm-header', /^\{"header":\{[^}]*\}\}$/gm, '{}'),
	known('clock', /took = \d+(\.\d+)?(µs|ms|s)/g, 'took = TIME'),
	known('clock', /"took":"\d+(\.\d+)?(µs|ms|s)"/g, '"took":"TIME"'),
	known('clock', /"ts":"[^"]*"/g, '"ts":"TIME"'),
	known('clock', /client-[0-9a-f-]{36}/g, 'client-RANDOM'),
];

function compareEtcdctl(pair: Pair, lines: readonly Line[]): Promise<void> {
	return compare(pair, (member) => ({
		commands: lines.map((line): Command => {
			const { args, input } = 'args' in line ? line : { args: line, input: '' };
			return { program: 'etcdctl', args: ['--endpoints', member.clientUrl, ...args], env: { ETCDCTL_API: '3' }, input };
		}),
		rules: RULES,
	}));
}

/** LMDB's keys end at 1,978 bytes. */
const LONG_KEY = `h/${'k'.repeat(5_000)}`;

const SCENARIOS: Readonly<Record<string, readonly Line[]>> = {
	'put, get, del': [
		['put', 'a/k', 'v1'],
		['get', 'a/k'],
		['get', 'a/k', '-w', 'json'],
		['get', 'a/k', '-w', 'fields'],
		['put', 'a/k', 'v2', '--prev-kv'],
		['put', 'a/k', 'v3', '--prev-kv', '-w', 'json'],
		['put', 'a/none', 'x', '--ignore-value'],
		['put', 'a/k', '--ignore-value'],
		['get', 'a/k', '--print-value-only'],
		['get', 'a/none'],
		['del', 'a/k', '--prev-kv'],
		['del', 'a/k'],
		['get', 'a/k', '-w', 'json'],
		{ args: ['put', 'a/stdin'], input: 'line one\nline two' },
		['get', 'a/stdin', '--hex'],
		['put', 'a/empty', ''],
		['get', 'a/empty', '-w', 'json'],
	],
	'ranges: prefix, from-key, limit, order, keys only': [
		...['b/1', 'b/2', 'b/3', 'b/10', 'ba', 'c/1'].map((key) => ['put', key, `value of ${key}`]),
		['put', 'b/2', 'again'],
		['get', 'b/', '--prefix'],
		['get', 'b/', '--prefix', '--keys-only'],
		['get', 'b/', '--prefix', '--count-only', '-w', 'fields'],
		['get', 'b/2', '--from-key', '--keys-only'],
		['get', 'b/1', 'b/3', '--keys-only'],
		['get', 'b/3', 'b/1'],
		['get', 'b/', '--prefix', '--limit', '2', '-w', 'json'],
		['get', '', '--prefix', '--limit', '3', '--keys-only'],
		['get', '', '--from-key', '--count-only', '-w', 'json'],
		...['KEY', 'VERSION', 'CREATE', 'MODIFY', 'VALUE'].flatMap((by) =>
			['ASCEND', 'DESCEND'].map((order) => ['get', 'b/', '--prefix', '--keys-only', '--sort-by', by, '--order', order]),
		),
		['get', 'b/', '--prefix', '--order', 'DESCEND', '--limit', '2', '--keys-only'],
		['get', 'b/', '--prefix', '--consistency', 's', '--keys-only'],
		['del', 'b/', '--prefix', '--prev-kv'],
		['del', 'ba', 'c/2'],
		['del', 'ba', '--from-key', '-w', 'json'],
	],
	'older revisions and compaction': [
		['put', 'd', 'one', '-w', 'json'],
		['put', 'd', 'two', '-w', 'json'],
		['del', 'd', '-w', 'json'],
		['put', 'd', 'three', '-w', 'json'],
		['get', 'd', '--rev', '2', '-w', 'json'],
		['get', 'd', '--rev', '1000'],
		['get', 'd', '--rev', '-1'],
		['compaction', '1000'],
		['compaction', '3'],
		['compaction', '3'],
		['get', 'd', '--rev', '2'],
		['get', 'd', '--rev', '3', '-w', 'json'],
		['compaction', '3', '--physical'],
		['compaction', '4', '--physical'],
		['get', 'd', '-w', 'json'],
	],
	transactions: [
		['put', 'e/k', 'old'],
		{ args: ['txn', '-i'], input: 'value("e/k") = "old"\n\nput e/k new\nget e/k\n\nget e/other\n\n' },
		{ args: ['txn', '-i'], input: 'value("e/k") = "old"\n\nput e/k new\n\nget e/k\ndel e/k --prev-kv\n\n' },
		{ args: ['txn', '-i', '-w', 'json'], input: 'create("e/k") = "0"\n\nput e/k created\nput e/l created\n\nget e/k\n\n' },
		{ args: ['txn', '-i'], input: 'mod("e/k") > "0"\nversion("e/k") = "1"\n\nget e/ --prefix\ndel e/ --prefix\nget e/ --prefix\n\n\n' },
		{ args: ['txn', '-i'], input: 'value("e/none") != "x"\n\nput e/yes 1\n\nput e/no 1\n\n' },
		{ args: ['txn', '-i', '-w', 'json'], input: 'mod("e/none") = "0"\n\nput e/yes 1\n\nput e/no 1\n\n' },
		{ args: ['txn', '-i'], input: '\nput e/twice 1\nput e/twice 2\n\n\n' },
		{ args: ['txn', '-i'], input: '\nput e/one 1\ndel e/one\n\n\n' },
		{ args: ['txn', '-i'], input: '\nget e/ --prefix --rev=100000\nput e/never 1\n\n\n' },
		{ args: ['txn', '-i'], input: '\n\n\n' },
		{ args: ['txn', '-i'], input: `\n${Array.from({ length: 129 }, (_, i) => `put e/${i} x\n`).join('')}\n\n` },
		['get', 'e/', '--prefix', '-w', 'json'],
	],
	'errors and exit codes': [
		['put', '', 'x'],
		['put'],
		['get'],
		['del', ''],
		['put', 'f/k', 'v', '--lease', '1234'],
		['put', 'f/k', 'v', '--ignore-lease'],
		['get', 'f/k', '--sort-by', 'NOTHING'],
		['get', 'f/k', '--prefix', '--from-key'],
		{ args: ['put', 'f/big'], input: 'x'.repeat(1_600_000) },
		{ args: ['put', 'f/large'], input: 'x'.repeat(1_400_000) },
		['del', 'f/large'],
		['nothing'],
	],
	'keys longer than the engine takes': [
		['put', LONG_KEY, 'long'],
		['put', `${LONG_KEY}a`, 'longer'],
		['put', `${LONG_KEY.slice(1)}`, 'other'],
		['put', LONG_KEY, 'again', '--prev-kv'],
		['get', LONG_KEY, '-w', 'json'],
		['get', LONG_KEY.slice(0, 2_000), '--prefix', '--print-value-only'],
		['del', LONG_KEY, '--prev-kv'],
		['get', LONG_KEY.slice(0, 10), '--prefix', '-w', 'json'],
	],
	'alarms and upkeep': [
		['put', 'i', 'one'],
		['put', 'i', 'two'],
		['alarm', 'list'],
		['alarm', 'disarm'],
		['alarm', 'list', '-w', 'json'],
		['compaction', '--physical', '2'],
		['compaction', '--physical', '1'],
		['defrag'],
		['get', 'i'],
		['endpoint', 'hashkv'],
	],
	'members, status, health, hash': [
		['put', 'g', 'v'],
		['member', 'list'],
		['member', 'list', '-w', 'json'],
		['endpoint', 'status'],
		['endpoint', 'health'],
		['endpoint', 'hashkv'],
		['endpoint', 'hashkv', '--rev', '5'],
		['endpoint', 'hashkv', '--rev', '100000'],
	],
};

for (const configuration of configurations()) {
	describe(`clients: etcdctl v3 (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, lines] of Object.entries(SCENARIOS)) {
			test(`clients: etcdctl v3 (${configuration.title}): ${title}`, () => compareEtcdctl(pair(), lines));
		}
	});
}
