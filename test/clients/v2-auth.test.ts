/** Access control of the v2 API beside Debian's etcd: etcdctl, curl and python3-etcd see the same, door by door and for each kind of caller (etcd-surface.md 1.8). */
import { describe, test } from 'node:test';
import type { Member } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { type Pair, usePair } from './pair.ts';
import { type Command, compare } from './transcript.ts';
import { v2Index, v2IndexRules } from './v2-index.ts';

type Lines = (member: Member) => readonly Command[];

function compareCommands(pair: Pair, lines: Lines): Promise<void> {
	return compare(pair, async (member) => ({ commands: lines(member), rules: v2IndexRules(await v2Index(member)) }));
}

function etcdctl(member: Member, ...args: readonly string[]): Command {
	return { program: 'etcdctl', args: ['--endpoints', member.clientUrl, ...args], env: { ETCDCTL_API: '2' } };
}

/** The status and the body. */
function curl(member: Member, path: string, ...args: readonly string[]): Command {
	return { program: 'curl', args: ['-s', '-w', '%{http_code}', ...args, member.clientUrl + path] };
}

function put(member: Member, path: string, body: object, ...args: readonly string[]): Command {
	return curl(member, path, '-XPUT', '-d', JSON.stringify(body), ...args);
}

const ROOT = ['-u', 'root:rp'];
const PYTHON = `
import sys, etcd
host, port = sys.argv[1].rsplit(':', 1)
def attempt(user, password, work):
    kept = {} if user is None else {'username': user, 'password': password}
    try:
        print(work(etcd.Client(host=host, port=int(port), allow_reconnect=False, **kept)).value)
    except etcd.EtcdException as error:
        print(type(error).__name__, error)
for who in ((None, None), ('alice', 'ap'), ('alice', 'wrong'), ('root', 'rp')):
    attempt(*who, lambda client: client.write('/py/x', 'by ' + str(who[0])))
    attempt(*who, lambda client: client.read('/py/x'))
    attempt(*who, lambda client: client.read('/a/x'))
`;

/** Who is who for a scenario: alice may read below /a and write /a/w and below /w. */
function people(member: Member): readonly Command[] {
	return [
		put(member, '/v2/auth/users/root', { user: 'root', password: 'rp' }),
		put(member, '/v2/auth/users/alice', { user: 'alice', password: 'ap' }),
		put(member, '/v2/auth/users/nobody', { user: 'nobody', password: 'np' }),
		put(member, '/v2/auth/roles/r', { role: 'r', permissions: { kv: { read: ['/a/*', '/exact'], write: ['/a/w', '/w/*'] } } }),
		put(member, '/v2/auth/users/alice', { user: 'alice', grant: ['r'] }),
		curl(member, '/v2/auth/enable', '-XPUT'),
		put(member, '/v2/auth/roles/guest', { role: 'guest', revoke: { kv: { read: ['/*'], write: ['/*'] } } }, ...ROOT),
		put(member, '/v2/auth/roles/guest', { role: 'guest', grant: { kv: { read: ['/public*', '/exact'], write: ['/open'] } } }, ...ROOT),
		curl(member, '/v2/keys/a/x', '-XPUT', '-d', 'value=1', ...ROOT),
	];
}

function nobodyAnyMore(member: Member): readonly Command[] {
	return [
		curl(member, '/v2/auth/enable', '-XDELETE', ...ROOT),
		...['root', 'alice', 'nobody'].map((user) => curl(member, `/v2/auth/users/${user}`, '-XDELETE')),
		...['r', 'guest'].map((role) => curl(member, `/v2/auth/roles/${role}`, '-XDELETE')),
	];
}

const CALLERS: readonly (readonly string[])[] = [
	[],
	['-H', 'Authorization;'],
	['-H', 'Authorization: Bearer x'],
	['-H', 'Authorization: Basic !!!'],
	['-u', 'nobody:np'],
	['-u', 'alice:ap'],
	ROOT,
];
/** quorate has a limit on wrong passwords, which etcd has not: these knock at a few doors. */
const WRONG: readonly (readonly string[])[] = [
	['-u', 'alice:wrong'],
	['-u', 'stranger:x'],
];
const WRONG_EVERY = 7;
/** Each path with what is done to it; nothing here changes what a later request meets but for the keys of whom it was allowed. */
const DOORS: readonly (readonly string[])[] = [
	['/v2/keys?sorted=true'],
	['/v2/keys/?sorted=true'],
	['/v2/keys/?recursive=true&sorted=true'],
	['/v2/keys/a/x'],
	['/v2/keys/a?recursive=true&sorted=true'],
	['/v2/keys/a/?recursive=true&sorted=true'],
	['/v2/keys/a/x?quorum=true'],
	['/v2/keys/a/x', '-I', '-o', '/dev/null'],
	['/v2/keys/exact'],
	['/v2/keys/exact?recursive=true&sorted=true'],
	['/v2/keys/public?recursive=true&sorted=true'],
	['/v2/keys/a/x?wait=true&waitIndex=1'],
	['/v2/keys/a/x?wait=zzz'],
	['/v2/keys/open', '-XPUT', '-d', 'value=1'],
	['/v2/keys/a/w', '-XPUT', '-d', 'value=1'],
	['/v2/keys/a/x', '-XPUT', '-d', 'value=1'],
	['/v2/keys/w', '-XPOST', '-d', 'value=1'],
	['/v2/keys/w/q', '-XPOST', '-d', 'value=1'],
	['/v2/keys/w/q?recursive=true', '-XDELETE'],
	['/v2/keys/w/none?prevValue=1', '-XDELETE'],
	['/v2/members/0', '-XDELETE'],
	['/v2/members', '-XPOST', '-d', '{}'],
	['/v2/members/zz', '-XPUT', '-d', '{}'],
	['/v2/auth/enable'],
	['/v2/auth/enable', '-XPUT'],
	['/v2/auth/users'],
	['/v2/auth/users/alice'],
	['/v2/auth/users/none', '-XDELETE'],
	['/v2/auth/users/alice', '-XPUT', '-d', '{"user":"alice","grant":["r"]}'],
	['/v2/auth/roles'],
	['/v2/auth/roles/r'],
	['/v2/auth/roles/none', '-XDELETE'],
	['/v2/auth/roles/r', '-XPUT', '-d', '{"role":"r"}'],
	['/v2/auth/users/root', '-XDELETE'],
];

function knock(member: Member, caller: readonly string[], doors: readonly (readonly string[])[]): readonly Command[] {
	return doors.map(([path = '', ...args]) => curl(member, path, ...args, ...caller));
}

const SCENARIOS: Readonly<Record<string, Lines>> = {
	'etcdctl: user, role and auth, and keys with a name and without': (member) => [
		etcdctl(member, 'user', 'list'),
		etcdctl(member, 'auth', 'enable'),
		etcdctl(member, 'user', 'add', 'root:rp'),
		etcdctl(member, 'user', 'add', 'root:rp'),
		etcdctl(member, 'role', 'add', 'reader'),
		etcdctl(member, 'role', 'add', 'reader'),
		etcdctl(member, 'role', 'grant', 'reader', '--path', '/c/*', '--read'),
		etcdctl(member, 'role', 'grant', 'reader', '--path', '/c/*', '--read'),
		etcdctl(member, 'role', 'get', 'reader'),
		etcdctl(member, 'user', 'add', 'alice:ap'),
		etcdctl(member, 'user', 'grant', 'alice', '--roles', 'reader'),
		etcdctl(member, 'user', 'get', 'alice'),
		etcdctl(member, 'auth', 'enable'),
		etcdctl(member, 'set', '/c/b', '1'),
		etcdctl(member, '-u', 'alice:ap', 'get', '/c/b'),
		etcdctl(member, '-u', 'alice:ap', 'set', '/c/b', '2'),
		etcdctl(member, '-u', 'alice:wrong', 'get', '/c/b'),
		etcdctl(member, '-u', 'root:rp', 'role', 'revoke', 'guest', '--path', '/*', '--readwrite'),
		etcdctl(member, 'get', '/c/b'),
		etcdctl(member, 'user', 'list'),
		etcdctl(member, '-u', 'root:rp', 'user', 'list'),
		etcdctl(member, '-u', 'root:rp', 'user', 'revoke', 'alice', '--roles', 'reader'),
		etcdctl(member, '-u', 'alice:ap', 'get', '/c/b'),
		etcdctl(member, '-u', 'root:rp', 'user', 'remove', 'root'),
		etcdctl(member, '-u', 'root:rp', 'auth', 'disable'),
		etcdctl(member, 'user', 'remove', 'alice'),
		etcdctl(member, 'user', 'remove', 'root'),
		etcdctl(member, 'role', 'remove', 'reader'),
		etcdctl(member, 'role', 'remove', 'guest'),
		etcdctl(member, 'role', 'remove', 'root'),
		etcdctl(member, 'role', 'list'),
	],
	'curl: users and roles, created, changed and refused': (member) => [
		...['{"user":"u"}', '{"user":"other"}', 'garbage', '[]', 'null', '{"user":"u","roles":["a"],"grant":["b"]}', '{"user":"u","grant":["b"]}'].map(
			(json) => curl(member, '/v2/auth/users/u', '-XPUT', '-d', json),
		),
		curl(member, '/v2/auth/users/u', '-XDELETE'),
		...['{"USER":"u","Password":"p"} trailing', '{"user":"u","password":"p2"}', '{"user":"u"}', '{"user":"u","password":"p","roles":["a"]}'].map(
			(json) => curl(member, '/v2/auth/users/u', '-XPUT', '-d', json),
		),
		put(member, '/v2/auth/users/v', { user: 'v', password: 'p', roles: ['b', 'a', 'a'] }),
		put(member, '/v2/auth/users/v', { user: 'v', grant: ['a'] }),
		put(member, '/v2/auth/users/v', { user: 'v', grant: ['é<', 'c'], revoke: ['a'] }),
		put(member, '/v2/auth/users/v', { user: 'v', revoke: ['zz'] }),
		curl(member, '/v2/auth/users/v'),
		curl(member, '/v2/auth/users'),
		...['{"role":"r"}', '{"role":"r"}', '{"role":"r","revoke":{"kv":{"read":["/a"]}}}', '{"role":"r","revoke":{"kv":{"read":["/a"]}}}'].map((json) =>
			curl(member, '/v2/auth/roles/r', '-XPUT', '-d', json),
		),
		...['{"kv":{"read":["/b","/a*"],"write":["/c"]}}', '{"kv":{"read":["/b"]}}', '{"kv":{"write":["/c"]}}'].map((grant) =>
			curl(member, '/v2/auth/roles/r', '-XPUT', '-d', `{"role":"r","grant":${grant}}`),
		),
		curl(member, '/v2/auth/roles/s', '-XPUT', '-d', '{"role":"s","grant":{"kv":{}},"revoke":{},"permissions":{"kv":{"read":["/x"],"write":[]}}}'),
		curl(member, '/v2/auth/roles/s', '-XPUT', '-d', '{"role":"s","permissions":7}'),
		curl(member, '/v2/auth/roles'),
		curl(member, '/v2/auth/roles/%ff'),
		curl(member, '/v2/auth/users/a/b'),
		curl(member, '/v2/auth/users/u', '-XPOST'),
		...['/v2/auth/users/u', '/v2/auth/users/v', '/v2/auth/roles/r', '/v2/auth/roles/s', '/v2/auth/roles/root'].map((path) =>
			curl(member, path, '-XDELETE'),
		),
	],
	'curl: every door, for every kind of caller': (member) => [
		...people(member),
		...CALLERS.flatMap((caller) => knock(member, caller, DOORS)),
		...WRONG.flatMap((caller) =>
			knock(
				member,
				caller,
				DOORS.filter((_, i) => i % WRONG_EVERY === 0),
			),
		),
		...nobodyAnyMore(member),
	],
	'python3-etcd: with a name and without': (member) => [
		...people(member),
		put(member, '/v2/auth/roles/r', { role: 'r', grant: { kv: { read: ['/py/*'], write: ['/py/*'] } } }, ...ROOT),
		{ program: 'python3', args: ['-c', PYTHON, new URL(member.clientUrl).host] },
		...nobodyAnyMore(member),
	],
};

const [configuration] = configurations();

describe('clients: v2 auth', () => {
	const pair = usePair(configuration ?? { title: 'default', flags: {} });
	for (const [name, lines] of Object.entries(SCENARIOS)) {
		test(`clients: v2 auth: ${name}`, () => compareCommands(pair(), lines));
	}
});
