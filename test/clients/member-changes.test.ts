/** etcdctl's changes of membership against quorate and Debian's etcd, each alone: the same words and the same exit code, ids and addresses apart. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { etcdctl } from '../support/etcdctl.ts';
import type { Member } from '../support/member.ts';
import { known, type Rule } from './known-differences.ts';
import { usePair } from './pair.ts';

interface Said {
	readonly code: number | null;
	readonly stdout: string;
	/** Without etcdctl's own log lines. */
	readonly stderr: string;
}

/** Nobody listens there. */
const NEW_PEER = 'http://127.0.0.1:1';
const OTHER_PEER = 'http://127.0.0.1:2';
const LEARNER_PEER = 'http://127.0.0.1:3';

/** What is listed by id comes in any order, and a short id is padded. */
const RULES: readonly Rule[] = [
	known('ids', /^(.*\bETCD_INITIAL_CLUSTER=")(.*)"$/gm, (_all, before = '', members = '') => `${before}${members.split(',').sort().join()}"`),
	known('ids', / *\b[0-9a-f]{12,16}\b/g, ' ID'),
	known('learner-update', /(, unstarted, .*), (?:true|false)$/gm, '$1, LEARNER'),
	known('same-second', /member ID already exist$/gm, 'Peer URLs already exists'),
	known('addresses', /http:\/\/127\.0\.0\.1:\d{4,5}/g, 'URL'),
];

/** self: the id of the member that is asked, in place of SELF; LEARNER: of the one that was added as a learner. */
const V3: readonly (readonly string[])[] = [
	['member', 'add', 'm2', '--peer-urls', 'SELF_URL'],
	['member', 'add', 'm2', '--peer-urls', '127.0.0.1:2380'],
	['member', 'add', 'm2', '--peer-urls', 'http://127.0.0.1'],
	['member', 'add', 'm2', '--peer-urls', 'ftp://127.0.0.1:1'],
	['member', 'remove', 'dead'],
	['member', 'remove', 'SELF'],
	['member', 'update', 'dead', '--peer-urls', NEW_PEER],
	['member', 'promote', 'dead'],
	['member', 'promote', 'SELF'],
	['member', 'add', 'm2', '--learner', '--peer-urls', LEARNER_PEER],
	['member', 'add', 'm3', '--learner', '--peer-urls', OTHER_PEER],
	['member', 'add', 'm3', '--peer-urls', LEARNER_PEER],
	['member', 'promote', 'LEARNER'],
	['member', 'update', 'LEARNER', '--peer-urls', 'SELF_URL'],
	['member', 'update', 'LEARNER', '--peer-urls', NEW_PEER],
	['member', 'list'],
	['member', 'remove', 'LEARNER'],
	['member', 'remove', 'LEARNER'],
	['member', 'update', 'LEARNER', '--peer-urls', OTHER_PEER],
	['move-leader', 'dead'],
];

const V2: readonly (readonly string[])[] = [
	['member', 'add', 'm2', 'SELF_URL'],
	['member', 'remove', 'dead'],
	['member', 'update', 'dead', NEW_PEER],
	['member', 'remove', 'SELF'],
	['member', 'update', 'SELF', NEW_PEER],
	['member', 'update', 'SELF', 'SELF_URL'],
	['member', 'list'],
];

async function play(member: Member, commands: readonly (readonly string[])[], api: '2' | '3'): Promise<readonly Said[]> {
	const ids = new Map([['SELF_URL', member.peerUrl]]);
	const said: Said[] = [];
	for (const command of commands) {
		for (const listed of await member.client.memberList()) {
			ids.set(listed.peerUrls[0] === LEARNER_PEER ? 'LEARNER' : listed.name === '' ? listed.id : 'SELF', listed.id);
		}
		const { code, stdout, stderr } = await etcdctl(
			[member.clientUrl],
			command.map((word) => ids.get(word) ?? word),
			api,
		);
		said.push({ code, stdout: plain(stdout), stderr: plain(stderr) });
	}
	return said;
}

function plain(said: string): string {
	const lines = said.split('\n').filter((line) => !line.startsWith('{"level"'));
	const text = RULES.reduce((rest, rule) => rule(rest), lines.join('\n'));
	return text.split('\n').sort().join('\n');
}

for (const [api, commands] of [
	['3', V3],
	['2', V2],
] as const) {
	describe(`clients: member changes: etcdctl, version ${api}`, () => {
		const pair = usePair({ title: 'default', flags: {} });
		test(`clients: member changes: version ${api} of etcdctl gets etcd's words`, async () => {
			const { quorate, etcd } = pair();
			const answers = await Promise.all([play(quorate, commands, api), play(etcd, commands, api)]);
			for (const [i, command] of commands.entries()) {
				assert.deepEqual(answers[0][i], answers[1][i], command.join(' '));
			}
		});
	});
}
