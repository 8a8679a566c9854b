/** What `npm run prove -- ROW` can show: the same test files as npm test, in their full form. */
export interface ProveRow {
	readonly shows: string;
	readonly files: readonly string[];
	/** Makes the short form the full one. */
	readonly environment: Readonly<Record<string, string>>;
}

export const PROVE_ROWS: Readonly<Record<string, ProveRow>> = {
	'leader-kill': {
		shows: 'three members, 64 writers, the leader killed again and again: no acknowledged write lost, equal hashes; then all killed at once',
		files: ['test/cluster/leader-kill.test.ts'],
		environment: { ROUNDS: '20' },
	},
	'quick-kill': {
		shows: 'members killed within 100 ms of ready, again and again: equal hashes',
		files: ['test/cluster/quick-kill.test.ts'],
		environment: { ROUNDS: '50' },
	},
	'leader-pause': {
		shows: 'the leader stopped for 5 s and woken: no stale linearizable read, no lost write',
		files: ['test/cluster/leader-pause.test.ts'],
		environment: {},
	},
	'follower-snapshot': {
		shows: "a follower down for 50,000 writes past its log's end catches up by snapshot while writes go on",
		files: ['test/cluster/follower-snapshot.test.ts'],
		environment: { WRITES: '50000' },
	},
	membership: {
		shows: "members are added, promoted, moved, removed and swapped under load, the leader too: no acknowledged write lost, errors are etcd's",
		files: ['test/cluster/membership.test.ts', 'test/cluster/member-swap.test.ts'],
		environment: { WRITERS: '64', PUTS: '5000' },
	},
	'member-replace': {
		shows: 'all three members are replaced under load, one by one: no write fails but those that a change of leader cuts off, and unknown ones',
		files: ['test/cluster/member-replace.test.ts'],
		environment: { WRITERS: '64', PUTS: '5000' },
	},
	'lease-expiry': {
		shows:
			'100,000 leases over within one second on one member, 20,000 on three with a change of leaders in the middle: none early, all gone; writes go on',
		files: ['test/cluster/lease-expiry.test.ts'],
		environment: { LEASES_ALONE: '100000', LEASES_SHARED: '20000', SECONDS: '120' },
	},
	'watch-guarantees': {
		shows:
			'three members under kill, pause, compaction and snapshots: the eight guarantees of a watch hold, by validators over what was recorded; requests are linearizable',
		files: ['test/robustness/validators/*.test.ts', 'test/cluster/watch-guarantees.test.ts'],
		environment: { ROUNDS: '6' },
	},
	tls: {
		shows:
			'every listener refuses what it must, and says so; the CA of three members is rotated three times under load without a failed request; plain members move to TLS',
		files: ['test/cluster/tls.test.ts', 'test/cluster/ca-rotation.test.ts', 'test/cluster/plain-to-tls.test.ts'],
		environment: { ROUNDS: '3', PUTS: '1000' },
	},
	'v2-long-polls': {
		shows: '10,000 long polls on one key: how long after one write the last of them is woken, and what each costs the member in memory',
		files: ['test/cluster/v2-long-polls.test.ts'],
		environment: { POLLS: '10000', ROUNDS: '7' },
	},
	'v2-modules': {
		shows: 'lock and leader modules with clients that are killed, paused and cut off: one holder at a time, and the index always rises',
		files: ['test/cluster/v2-modules.test.ts'],
		environment: { SECONDS: '120', WORKERS: '12' },
	},
	'crash-images': {
		shows: 'every page written after a checkpoint new, old or torn: the store recovers exactly',
		files: ['test/crash/checkpoint-images.test.ts', 'test/crash/child-kill.test.ts'],
		environment: { ROUNDS: '240', KILLS: '100' },
	},
	'journal-images': {
		shows: 'the journal of the log after kills, power cuts and flipped bytes: what was said to be durable is there, or the log refuses',
		files: ['test/crash/journal-images.test.ts', 'test/crash/journal-kill.test.ts', 'test/unit/log/journal/*.test.ts'],
		environment: { LIVES: '5000', KILLS: '200' },
	},
	'many-keys': {
		shows: 'half a million versions of a hundred thousand keys: whole in one range, after a kill, and after a compaction under load',
		files: ['test/cluster/many-keys.test.ts'],
		environment: { KEYS: '100000' },
	},
	'snapshot-roundtrip': {
		shows: "a million keys out to Debian's etcd and in again: equal hashes; time and memory",
		files: ['test/clients/snapshot-roundtrip.test.ts', 'test/clients/snapshot-etcd.test.ts', 'test/cluster/import.test.ts'],
		environment: { KEYS: '1000000' },
	},
	'byte-flips': {
		shows: 'one byte flipped in the files of a member stopped in order, again and again: refused at the start, or harmless; never a wrong value',
		files: ['test/crash/byte-flips.test.ts', 'test/unit/adapters/lmdb-walk.test.ts', 'test/unit/cli/data-check.test.ts'],
		environment: { FLIPS: '200', SEED: '7' },
	},
	'kill-member': {
		shows: 'a loaded member killed at random moments: nothing acknowledged lost, its store equal to a replay of its log',
		files: ['test/cluster/kill-member.test.ts'],
		environment: { KILLS: '100' },
	},
	'kill-storage': {
		shows: 'log and store alone, killed at random moments and before and after every durable step: nothing acknowledged lost, equal to a replay',
		files: ['test/crash/kill-storage.test.ts'],
		environment: { KILLS: '1000', POINTS: 'all' },
	},
	'disk-faults': {
		shows:
			'a disk that refuses, is full or slow: the first refusal ends a member with its code, nothing acknowledged is missing; a slow one costs time only',
		files: ['test/cluster/disk-faults.test.ts', 'test/cluster/full-disk.test.ts'],
		environment: { FULL: '1' },
	},
	clients: {
		shows: "etcdctl (v2 and v3), curl, etcd3, python3-etcd and python3-etcd3 get the answers that Debian's etcd gives, in four configurations",
		files: ['test/clients/*.test.ts'],
		environment: { FULL: '1' },
	},
	'v3-random': {
		shows: "20,000 seeded random requests of the v3 API get etcd's answers: nested txns, leases, compactions, hashes",
		files: ['test/clients/v3-random.test.ts'],
		environment: { REQUESTS: '20000', QUORATE_FLAGS: ' ' },
	},
	'gateway-random': {
		shows:
			"10,000 seeded random requests of the JSON gateway, in random spelling, get etcd's answers; its streams, WebSockets and server-sent events",
		files: ['test/clients/v3-gateway.test.ts'],
		environment: { REQUESTS: '10000', QUORATE_FLAGS: ' ' },
	},
	'v2-random': {
		shows: "30,000 seeded random requests of the v2 API get etcd's answers: TTLs, expiries, refreshes, watches with their history, bad parameters",
		files: ['test/clients/v2-random.test.ts'],
		environment: { REQUESTS: '30000', QUORATE_FLAGS: ' ' },
	},
	'v2-auth-random': {
		shows: "2,000 seeded random changes of v2's users and roles, and requests in their names, get etcd's answers",
		files: ['test/clients/v2-auth-random.test.ts'],
		environment: { REQUESTS: '2000' },
	},
	'v3-auth-random': {
		shows:
			"20,000 seeded random changes of users and roles, and requests by ten users, get etcd's decisions on three members that are killed and get snapshots; all are equal",
		files: ['test/clients/v3-auth-random.test.ts'],
		environment: { REQUESTS: '20000', KILL_EVERY: '400' },
	},
	'auth-logins': {
		shows:
			"200 wrong logins a second for 30 s, from one address and from forty: all refused, memory bounded; writes' p99 before and during, at most twice",
		files: ['test/cluster/auth-logins.test.ts'],
		environment: { SECONDS: '30', RATIO_MAX: '2' },
	},
	raft: {
		shows: 'random clusters of the pure core under faults keep every invariant',
		files: ['test/unit/raft/random-cluster.test.ts'],
		environment: { RAFT_SEEDS: '2000' },
	},
	simulator: {
		shows: 'whole clusters from seeds, with every fault: no wrong answer, no end without a reason, and they go on; 100 seeds run twice say the same',
		files: ['test/sim/sim.test.ts', 'test/sim/linearizability/*.test.ts'],
		environment: { SIM_SEEDS: '5000', SIM_TWICE: '100' },
	},
	'tuning-sim': {
		shows:
			'10 h of simulated time with --tuning=auto at 50 +- 40 ms and 2 % loss: no election; links that become slow of a sudden cost one, and then none',
		files: ['test/sim/tuning.test.ts'],
		environment: { TUNING_SECONDS: '36000' },
	},
	'tuning-calm': {
		shows: 'three members with --tuning=auto agree on a short election timeout on localhost, and hold no election in 10 minutes',
		files: ['test/cluster/tuning.test.ts'],
		environment: { CALM_SECONDS: '600' },
	},
	canaries: {
		shows: 'every planted bug is caught by the simulator within its number of seeds, from plans as they are drawn',
		files: ['test/sim/sim.test.ts'],
		environment: { SIM_SEARCH: '1' },
	},
	attacks: {
		shows:
			'each attack of reliability.md 6.5 that comes by the network, 60 s each, beside clients that behave: none of their requests fails, memory is bounded, the member lives; their p99 before and during',
		files: ['test/cluster/attacks.test.ts', 'test/cluster/hostile-clients.test.ts'],
		environment: { ATTACK_SECONDS: '60' },
	},
	'idle-scraped': {
		shows: 'an idle member whose metrics are read each second for a minute takes less than 2 % of a core',
		files: ['test/cluster/idle-scraped.test.ts'],
		environment: { SECONDS: '60', SHARE_MAX: '2' },
	},
	'dashboard-causes': {
		shows:
			'a link delayed by 80 ms, or a disk slowed to 50 ms, is named with its member on the page of every member, within 10 s, whichever member it is',
		files: ['test/cluster/dashboard-causes.test.ts'],
		environment: { FULL: '1', NAMED_MS: '10000' },
	},
	'dashboard-red': {
		shows: 'the dashboard in Chromium; a paused follower turns red within 2 s',
		files: ['test/cluster/dashboard.test.ts'],
		environment: { RED_MS: '2000' },
	},
	'dashboard-20': {
		shows: 'twenty open dashboards: p99 of writes at a constant rate stays within 5 % of what it is without (medians of five runs each, in turns)',
		files: ['test/cluster/dashboard-pages.test.ts'],
		environment: { RUNS: '5', SECONDS: '20', RATIO_MAX: '1.05' },
	},
	'raft-coverage': {
		shows: 'transcripts, paper tests and the simulator together run at least 95 % of the lines of src/raft; the others are listed',
		files: ['test/coverage/raft-coverage.test.ts'],
		environment: { COVERAGE_SEEDS: '150' },
	},
	'fresh-clone': {
		shows: 'a fresh clone with npm only: both commands of README work; time to ready and memory when idle',
		files: ['test/fresh-clone/fresh-clone.test.ts'],
		environment: { FULL: '1' },
	},
};
