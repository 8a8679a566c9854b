/** etcdctl with ETCDCTL_API=2: what it prints and how it exits, on quorate and on Debian's etcd. */
import { describe, test } from 'node:test';
import { configurations } from './configurations.ts';
import { known, type Rule } from './known-differences.ts';
import { type Pair, usePair } from './pair.ts';
import { type Command, compare } from './transcript.ts';
import { v2Index, v2IndexRules } from './v2-index.ts';

/** Arguments of etcdctl, or those and its standard input. base: the v2 index when the scenario began. */
type Line = readonly string[] | { readonly args: readonly string[]; readonly input: string };
type Lines = (base: number) => readonly Line[];

const RULES: readonly Rule[] = [
	known('ids', /\b[0-9a-f]{12,16}(?=[:\s]| is )/g, 'ID'),
	known('clock', /\d+(\.\d+)?(µs|ms|s)\b/g, 'TIME'),
	known('clock', /"expiration":"[^"]*Z"/g, '"expiration":"TIME"'),
	// Of 5,000 seconds, what is left some seconds later.
	known('clock', /(TTL: |"ttl":)(?:5000|49[5-9]\d)\b/g, '$1LEFT'),
];

/** What exec-watch tells its command, which then ends it: it would go on for ever. */
const SHOW_AND_STOP = 'echo "$ETCD_WATCH_ACTION $ETCD_WATCH_KEY $ETCD_WATCH_VALUE"; kill -KILL $PPID';

function compareEtcdctl(pair: Pair, lines: Lines): Promise<void> {
	return compare(pair, async (member) => {
		const base = await v2Index(member);
		const commands = lines(base).map((line): Command => {
			const { args, input } = 'args' in line ? line : { args: line, input: '' };
			return { program: 'etcdctl', args: ['--endpoints', member.clientUrl, ...args], env: { ETCDCTL_API: '2' }, input };
		});
		return { commands, rules: [...RULES, ...v2IndexRules(base)] };
	});
}

const SCENARIOS: Readonly<Record<string, Lines>> = {
	'set, get, update and rm': () => [
		['set', '/t1/message', 'Hello world'],
		['get', '/t1/message'],
		['get', '--quorum', '/t1/message'],
		['update', '/t1/message', 'Hello etcd'],
		['get', '/t1/message'],
		['rm', '/t1/message'],
		['get', '/t1/message'],
		['rm', '/t1/message'],
		['update', '/t1/message', 'gone'],
		{ args: ['set', '/t1/from-stdin'], input: 'several\nlines\n' },
		['get', '/t1/from-stdin'],
		['set', '/t1/empty', ''],
		['get', '/t1/empty'],
		['set', '--', '/t1/dashes', '-x'],
	],
	'mk creates, once, and in order': () => [
		['mk', '/t2/k', 'first'],
		['mk', '/t2/k', 'second'],
		['get', '/t2/k'],
		['mk', '--in-order', '/t2/queue', 'a'],
		['mk', '--in-order', '/t2/queue', 'b'],
		['ls', '--sort', '/t2/queue'],
		['mk', '/t2/k/below', 'x'],
	],
	'directories: mkdir, setdir, updatedir, ls, rmdir, rm': () => [
		['mkdir', '/t3/dir'],
		['mkdir', '/t3/dir'],
		['setdir', '/t3/set'],
		['setdir', '/t3/set'],
		['updatedir', '/t3/set'],
		['updatedir', '/t3/none'],
		['set', '/t3/dir/a', '1'],
		['set', '/t3/dir/sub/b', '2'],
		['set', '/t3/dir/_hidden', '3'],
		['ls', '/t3/none'],
		['ls', '--sort', '/t3'],
		['ls', '--sort', '-p', '/t3'],
		['ls', '--sort', '--recursive', '/t3'],
		['ls', '--sort', '--recursive', '-p', '/t3'],
		['ls', '--quorum', '--sort', '/t3/dir'],
		['ls', '/t3/dir/a'],
		['ls', '/t3/set'],
		['get', '/t3/dir'],
		['rm', '/t3/dir'],
		['rm', '--dir', '/t3/dir'],
		['rmdir', '/t3/dir'],
		['rmdir', '/t3/set'],
		['rmdir', '/t3/dir/a'],
		['rm', '--recursive', '/t3/dir'],
		['ls', '--recursive', '/t3'],
		['set', '/t3', 'x'],
		['rm', '--recursive', '/'],
	],
	'compares: --swap-with and --with': (base) => [
		['set', '/t4/k', 'one'],
		['set', '--swap-with-value', 'wrong', '/t4/k', 'two'],
		['set', '--swap-with-value', 'one', '/t4/k', 'two'],
		['set', '--swap-with-index', String(base + 1), '/t4/k', 'three'],
		['set', '--swap-with-index', String(base + 2), '/t4/k', 'three'],
		['rm', '--with-value', 'wrong', '/t4/k'],
		['rm', '--with-index', String(base + 1), '/t4/k'],
		['rm', '--with-value', 'three', '/t4/k'],
	],
	'output formats': () => [
		['-o', 'extended', 'set', '/t5/k', 'v'],
		['-o', 'extended', 'get', '/t5/k'],
		['-o', 'json', 'set', '/t5/k', 'w<&>'],
		['-o', 'json', 'get', '/t5/k'],
		['-o', 'extended', 'get', '/t5/none'],
		['-o', 'json', 'rm', '/t5/k'],
		['-o', 'json', 'ls', '/t5'],
	],
	'time to live: shown, cleared by an update without one, over with an event of its own': (base) => [
		['set', '--ttl', '5000', '/t7/k', 'v'],
		['-o', 'extended', 'get', '/t7/k'],
		['-o', 'json', 'get', '/t7/k'],
		['update', '--ttl', '5000', '/t7/k', 'w'],
		['update', '/t7/k', 'x'],
		['-o', 'extended', 'get', '/t7/k'],
		['mk', '--ttl', '5000', '/t7/made', 'm'],
		['-o', 'extended', 'get', '/t7/made'],
		['mkdir', '--ttl', '5000', '/t7/dir'],
		['updatedir', '--ttl', '5000', '/t7/dir'],
		['-o', 'json', 'ls', '--sort', '/t7'],
		['setdir', '--ttl', '1', '/t7/brief'],
		['set', '/t7/brief/below', 'v'],
		['set', '--ttl', '1', '/t7/over', 'v'],
		['-o', 'extended', 'watch', '--after-index', String(base + 9), '/t7/over'],
		['get', '/t7/over'],
		['ls', '/t7/brief'],
	],
	// exec-watch in this order: etcdctl takes the command for the key if no flag without a value comes last. Each has one event to find.
	'watch and exec-watch, from an index in the past': (base) => [
		['set', '/t8/k', 'one'],
		['set', '/t8/k', 'two'],
		['exec-watch', '--after-index', String(base + 1), '--recursive', '/t8/k', '--', 'sh', '-c', SHOW_AND_STOP],
		['set', '/t8/d/e', 'three'],
		['exec-watch', '--after-index', String(base + 2), '--recursive', '/t8', '--', 'sh', '-c', SHOW_AND_STOP],
		['rm', '/t8/k'],
		['watch', '--after-index', String(base + 1), '/t8/k'],
		['-o', 'json', 'watch', '--after-index', String(base + 2), '/t8/k'],
		['watch', '--recursive', '--after-index', String(base + 2), '/t8/d'],
	],
	'bad arguments': () => [['set'], ['set', '/t6/k'], ['get'], ['rm'], ['set', '--ttl', 'x', '/t6/k', 'v'], ['nothing']],
	members: () => [['member', 'list'], ['cluster-health']],
};

for (const configuration of configurations()) {
	describe(`clients: etcdctl v2 (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, lines] of Object.entries(SCENARIOS)) {
			test(`clients: etcdctl v2 (${configuration.title}): ${title}`, () => compareEtcdctl(pair(), lines));
		}
	});
}
