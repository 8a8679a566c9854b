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

const RULES: readonly Rule[] = [known('ids', /\b[0-9a-f]{12,16}(?=[:\s]| is )/g, 'ID'), known('clock', /\d+(\.\d+)?(µs|ms|s)\b/g, 'TIME')];

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
