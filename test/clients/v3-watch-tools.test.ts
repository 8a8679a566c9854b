/** Watching as people do it: etcdctl watch, beside Debian's etcd, and the watchers of npm's etcd3, through a kill of the member and a compaction. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Etcd3, type Watcher } from 'etcd3';
import { startProgram } from '../support/child-process.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';

/** Words of etcdctl watch; what is put once it watches, with END in the last; and lines for its input. */
interface Session {
	readonly args: (first: number) => readonly string[];
	readonly before: readonly (readonly [key: string, value: string])[];
	/** Told one after the other, each once the last has been answered. */
	readonly input?: readonly (readonly [line: string, answer: RegExp])[];
	readonly after: readonly (readonly [key: string, value: string | null])[];
	/** What its last words are. */
	readonly end?: RegExp;
}

const SESSIONS: Readonly<Record<string, Session>> = {
	'a prefix from a revision on, with the values before': {
		before: [
			['rev/a', '1'],
			['rev/b', '2'],
			['rev/a', '3'],
		],
		args: (first) => ['rev/', '--prefix', '--prev-kv', `--rev=${first}`],
		after: [
			['rev/a', '4'],
			['rev/a', null],
			['rev/b', 'END'],
		],
	},
	'a range, field by field': {
		before: [['range/a', '1']],
		args: (first) => ['range/a', 'range/c', `--rev=${first}`, '-w', 'fields'],
		after: [
			['range/b', '2'],
			['range/c', 'not in it'],
			['range/b', 'END'],
		],
		end: /END"\n"Lease" : 0\n/,
	},
	'a command for each event': {
		before: [['exec', '1']],
		args: (first) => ['exec', `--rev=${first}`, '--', 'sh', '-c', 'echo "$ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY $ETCD_WATCH_VALUE"'],
		after: [['exec', 'END']],
		end: /"END"\n/,
	},
	'interactively, two at once': {
		before: [
			['talk/a', '1'],
			['talk/b', '1'],
		],
		args: () => ['-i'],
		input: [
			['watch talk/a --rev FIRST', /talk\/a\n1\n/],
			['nonsense', /Invalid/],
			['watch talk/b --rev FIRST', /talk\/b\n1\n/],
		],
		after: [['talk/b', 'END']],
	},
};

/** What etcdctl says to all this. */
async function transcript(member: Member, session: Session): Promise<string> {
	let first = 0;
	for (const [key, value] of session.before) {
		const revision = await member.client.put(key, value);
		first ||= revision;
	}
	const watch = startProgram('etcdctl', ['--endpoints', member.clientUrl, 'watch', ...session.args(first)], { ETCDCTL_API: '3' });
	for (const [line, answer] of session.input ?? []) {
		watch.tell(`${line.replace('FIRST', String(first))}\n`);
		await watch.saying(answer);
	}
	await watch.saying(/1/);
	for (const [key, value] of session.after) {
		await (value === null ? member.client.delete(key) : member.client.put(key, value));
	}
	await watch.saying(session.end ?? /END.*\n/);
	watch.process.kill('SIGINT');
	const { said } = await watch.ended;
	return said.replace(/"(ClusterID|MemberID|RaftTerm)" : \d+/g, '"$1" : N');
}

class Heard {
	readonly values: string[] = [];
	readonly errors: string[] = [];
	readonly #watcher: Watcher;

	constructor(watcher: Watcher) {
		this.#watcher = watcher;
		watcher.on('put', ({ value }) => this.values.push(value.toString()));
		watcher.on('error', (error) => this.errors.push(error.message));
	}

	/** Else it would go on to look for its server for ever. */
	async end(): Promise<void> {
		await this.#watcher.cancel();
	}

	async count(count: number): Promise<void> {
		await eventually(() => this.values.length >= count, { what: `${count} events`, withinMs: 60_000 });
	}
}

/** The message by message suite (v3-watch.test.ts) runs in every configuration. */
const CONFIGURATIONS = configurations().slice(-2);

for (const configuration of CONFIGURATIONS) {
	describe(`clients: v3 watch tools, ${configuration.title}`, () => {
		const pair = usePair(configuration);
		for (const [title, session] of Object.entries(SESSIONS)) {
			test(`clients: watch tools: ${configuration.title}: etcdctl: ${title}`, async () => {
				const { quorate, etcd } = pair();
				const wanted = await transcript(etcd, session);
				assert.equal(await transcript(quorate, session), wanted, 'quorate (actual) does not show what etcd (expected) shows');
			});
		}

		test(`clients: watch tools: ${configuration.title}: etcd3 reads the past, and is told where it was compacted`, async () => {
			const { quorate } = pair();
			const client = new Etcd3({ hosts: quorate.clientUrl });
			try {
				const first = await quorate.client.put('past', '0');
				for (let i = 1; i < 20; i++) {
					await quorate.client.put('past', String(i));
				}
				const all = new Heard(await client.watch().key('past').startRevision(String(first)).create());
				await all.count(20);
				await quorate.client.compact(first + 10);
				const some = new Heard(
					await client
						.watch()
						.key('past')
						.startRevision(String(first + 10))
						.create(),
				);
				await some.count(10);
				const none = new Heard(await client.watch().key('past').startRevision(String(first)).create());
				await eventually(() => none.errors.length > 0, { what: 'word of the compaction' });
				assert.deepEqual([all.values.length, some.values[0], some.values.length, none.values.length], [20, '10', 10, 0]);
				await all.end();
				await some.end();
			} finally {
				client.close();
			}
		});
	});
}

test('clients: watch tools: etcd3 misses nothing and hears nothing twice when the member is killed', async () => {
	const quorate = await startMember();
	const client = new Etcd3({ hosts: quorate.clientUrl, dialTimeout: 2_000 });
	try {
		const heard = new Heard(await client.watch().prefix('kill/').create());
		const put = async (from: number, to: number): Promise<void> => {
			for (let i = from; i < to; i++) {
				await quorate.client.put(`kill/${i % 7}`, String(i));
			}
		};
		await put(0, 50);
		await quorate.kill();
		await quorate.start();
		await put(50, 100);
		await heard.count(100);
		assert.deepEqual(
			heard.values,
			Array.from({ length: 100 }, (_, i) => String(i)),
		);
		assert.deepEqual(heard.errors, []);
		await heard.end();
	} finally {
		client.close();
		quorate.client.close();
		await quorate.kill();
		removeTempDirectory(quorate.dataDir);
	}
});
