/** Watching the v2 keyspace as people do it, etcdctl watch and exec-watch and curl, beside Debian's etcd: what they print of the same writes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startProgram } from '../support/child-process.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { run } from '../support/run.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';
import { normalise } from './transcript.ts';
import { v2Index, v2IndexRules } from './v2-index.ts';

const HISTORY_EVENTS = 1_000;
const AT_A_TIME = 50;

/** A write: path, and the form of a PUT or null for a recursive DELETE. */
type Write = readonly [path: string, form: string | null];

/** PROBE is written, again and again, until the watcher has shown that it listens. END is the last write that it shows. */
interface Session {
	readonly program: 'etcdctl' | 'curl';
	readonly args: (member: Member, first: number) => readonly string[];
	readonly before: readonly Write[];
	/** It begins in the past, and so hears all; otherwise only what comes after the probe. */
	readonly fromFirst: boolean;
	readonly probe: string;
	readonly after: readonly Write[];
	/** All that is shown, where it is shown by processes that overtake one another. Default: in order, END last. */
	readonly shown?: readonly RegExp[];
}

const SHOW = 'echo "$ETCD_WATCH_ACTION $ETCD_WATCH_KEY $ETCD_WATCH_VALUE"';

const SESSIONS: Readonly<Record<string, Session>> = {
	'etcdctl watch --forever --recursive': {
		program: 'etcdctl',
		args: () => ['watch', '--forever', '--recursive', '/live'],
		before: [['/live/a', 'value=1']],
		fromFirst: false,
		probe: '/live/probe',
		after: [
			['/live/a', 'value=2'],
			['/live/dir/b', 'value=3'],
			['/elsewhere', 'value=5'],
			['/live/a', 'value=6&prevValue=2'],
			['/live/dir', null],
			['/live/end', 'value=END'],
		],
	},
	'etcdctl watch --after-index, all that has happened': {
		program: 'etcdctl',
		args: (_member, first) => ['watch', '--forever', '--after-index', String(first - 1), '/past/k'],
		before: [
			['/past/k', 'value=1'],
			['/past/k', 'value=2'],
		],
		fromFirst: true,
		probe: '/past/other',
		after: [
			['/past', null],
			['/past/k', 'value=END'],
		],
	},
	'etcdctl exec-watch': {
		program: 'etcdctl',
		args: () => ['exec-watch', '--recursive', '/exec', '--', 'sh', '-c', SHOW],
		before: [],
		fromFirst: false,
		probe: '/exec/probe',
		after: [
			['/exec/a', 'value=1'],
			['/exec/a', null],
			['/exec/end', 'value=END'],
		],
		shown: [/set \/exec\/a 1/, /delete \/exec\/a/, /END/],
	},
	'curl and a stream': {
		program: 'curl',
		args: (member) => ['-s', '-N', `${member.clientUrl}/v2/keys/stream?wait=true&stream=true&recursive=true`],
		before: [],
		fromFirst: false,
		probe: '/stream/probe',
		after: [
			['/stream/a', 'value=1'],
			['/stream/a', 'value=&prevExist=true'],
			['/stream/a/b', 'value=refused'],
			['/stream/a', null],
			['/stream/end', 'value=END'],
		],
	},
};

async function write(member: Member, [path, form]: Write): Promise<void> {
	const url = `${member.clientUrl}/v2/keys${path}`;
	const headers = { 'content-type': 'application/x-www-form-urlencoded' };
	await (
		await fetch(form === null ? `${url}?recursive=true` : url, form === null ? { method: 'DELETE' } : { method: 'PUT', headers, body: form })
	).arrayBuffer();
}

/** The lines that the watcher prints after the probe, or all of them. */
async function transcript(member: Member, session: Session): Promise<readonly string[]> {
	const first = (await v2Index(member)) + 1;
	for (const each of session.before) {
		await write(member, each);
	}
	const words = session.args(member, first);
	const flags = session.program === 'etcdctl' ? ['--no-sync', '--endpoints', member.clientUrl] : [];
	const watch = startProgram(session.program, [...flags, ...words], { ETCDCTL_API: '2' });
	if (session.fromFirst) {
		await watch.saying(/1/);
	} else {
		let isListening = false;
		const listening = watch.saying(/probe/).then(() => {
			isListening = true;
		});
		const probe = async (): Promise<boolean> => {
			await write(member, [session.probe, 'value=probe']);
			return isListening;
		};
		await eventually(probe, { what: 'the watcher to listen', everyMs: 100 });
		await listening;
	}
	const base = await v2Index(member);
	for (const each of session.after) {
		await write(member, each);
	}
	await Promise.all((session.shown ?? [/END/]).map((pattern) => watch.saying(pattern)));
	watch.process.kill('SIGKILL');
	const { said } = await watch.ended;
	const lines = normalise(member, said, v2IndexRules(base)).split('\n');
	const told = session.fromFirst ? lines : lines.filter((line) => !line.includes('probe'));
	return session.shown === undefined ? told : told.toSorted();
}

for (const configuration of configurations()) {
	describe(`clients: watching v2 (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, session] of Object.entries(SESSIONS)) {
			test(`clients: watching v2 (${configuration.title}): ${title}`, async () => {
				const { quorate, etcd } = pair();
				const [seen, wanted] = [await transcript(quorate, session), await transcript(etcd, session)];
				assert.deepEqual(seen, wanted, 'quorate (actual) does not show what etcd (expected) shows');
				assert.ok(wanted.some((line) => line.includes('END')));
			});
		}
		test(`clients: watching v2 (${configuration.title}): what the history has no more`, async () => {
			const { quorate, etcd } = pair();
			const answers: string[] = [];
			for (const member of [etcd, quorate]) {
				const index = await v2Index(member);
				for (let i = 0; i < HISTORY_EVENTS + 1; i += AT_A_TIME) {
					await Promise.all(Array.from({ length: Math.min(AT_A_TIME, HISTORY_EVENTS + 1 - i) }, () => write(member, ['/cleared', 'value=x'])));
				}
				const oldest = `${member.clientUrl}/v2/keys/cleared?wait=true&waitIndex=${index + 2}`;
				const cleared = `${member.clientUrl}/v2/keys/cleared?wait=true&waitIndex=${index + 1}`;
				const printed = [(await run('curl', ['-s', oldest])).stdout, (await run('curl', ['-s', cleared])).stdout].join('');
				const relative = printed.replace(/\[(\d+)\/(\d+)\]/, (_whole, from, to) => `[+${Number(from) - index}/+${Number(to) - index}]`);
				answers.push(normalise(member, relative, v2IndexRules(index)));
			}
			assert.equal(answers[1], answers[0], 'quorate (actual) does not answer what etcd (expected) answers');
		});
	});
}
