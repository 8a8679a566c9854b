/**
 * Guessing at passwords while others write (reliability.md 6.5, T5): 200 logins a second that are all wrong, from one address, and from so many that the limit by address bounds
 * nothing. All are refused, no request of the others fails, memory is bounded; how much slower the others become is printed, and is within RATIO_MAX where that is set
 * (npm run prove -- auth-logins).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { FairLoad } from '../support/attacks/fair-load.ts';
import { AuthClient } from '../support/auth-client.ts';
import { delay } from '../support/eventually.ts';
import { GrpcClient, type Method } from '../support/grpc-client.ts';
import { type Member, startMember } from '../support/member.ts';

const SECONDS = Number(process.env['SECONDS'] ?? '2');
const RATIO_MAX = Number(process.env['RATIO_MAX'] ?? 'Infinity');
const LOGINS_A_SECOND = 200;
const TURN_MS = 50;
const ADDRESSES = 40;
const CALM_REQUESTS = 300;
const WITHIN_MS = 60_000;
/** A login that waits has its call, its password and a place in a bounded queue. */
const GROWTH_MIB_MAX = 96;

const LOGIN: Method<pb.IAuthenticateRequest, pb.AuthenticateResponse> = {
	path: '/etcdserverpb.Auth/Authenticate',
	encode: (message) => pb.AuthenticateRequest.encode(message).finish(),
	decode: (bytes) => pb.AuthenticateResponse.decode(bytes),
};

let member: Member;
let load: FairLoad;

before(async () => {
	member = await startMember();
	const client = new AuthClient(member.clientUrl);
	const root = await client.enable('right');
	client.close();
	load = new FairLoad(member.clientUrl, { token: root });
});

after(async () => {
	await load.stop();
	member.client.close();
	await member.kill();
});

function anonymousMiB(): number {
	return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${member.pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** Half of the names are root. How each login ended, counted by its words; and how much memory there was at most. */
async function guess(addresses: number): Promise<{ readonly outcomes: ReadonlyMap<string, number>; readonly peakMiB: number }> {
	const clients = Array.from({ length: addresses }, (_, i) => new GrpcClient(member.clientUrl, null, { localAddress: `127.0.1.${i + 1}` }));
	const outcomes = new Map<string, number>();
	const logins: Promise<void>[] = [];
	const end = performance.now() + SECONDS * 1_000;
	let peakMiB = 0;
	const ask = async (client: GrpcClient | undefined, n: number): Promise<void> => {
		const name = n % 2 === 0 ? 'root' : `user${n}`;
		const words = await client?.call(LOGIN, { name, password: `wrong${n}` }, WITHIN_MS).then(
			() => 'LET',
			(error: Error) => error.message,
		);
		outcomes.set(words ?? '', (outcomes.get(words ?? '') ?? 0) + 1);
	};
	while (performance.now() < end) {
		for (let i = 0; i < (LOGINS_A_SECOND * TURN_MS) / 1_000; i++) {
			logins.push(ask(clients[logins.length % addresses], logins.length));
		}
		peakMiB = Math.max(peakMiB, anonymousMiB());
		await delay(TURN_MS);
	}
	await Promise.all(logins);
	for (const client of clients) {
		client.close();
	}
	return { outcomes, peakMiB };
}

for (const addresses of [1, ADDRESSES]) {
	test(`auth: logins: T5: ${LOGINS_A_SECOND} wrong ones a second from ${addresses} address(es) are refused, bounded in memory, and fail nobody's writes`, async () => {
		const atRest = load.requests;
		while (load.requests < atRest + CALM_REQUESTS * Math.min(SECONDS, 10)) {
			await delay(TURN_MS);
		}
		const calm = await load.takeP99();
		const beforeMiB = anonymousMiB();
		const { outcomes, peakMiB } = await guess(addresses);
		const during = await load.takeP99();
		const told = [...outcomes].map(([words, count]) => `${count} x ${words}`).join('; ');
		console.log(
			`figure: ${LOGINS_A_SECOND} wrong logins a second for ${SECONDS} s from ${addresses} address(es): p99 of others ${calm.toFixed(1)} ms before, ${during.toFixed(1)} ms during; RssAnon ${beforeMiB.toFixed(0)} MiB before, at most ${peakMiB.toFixed(0)} MiB during; ${told}`,
		);
		assert.equal(outcomes.get('LET') ?? 0, 0, 'no wrong password is right');
		assert.deepEqual(load.failures, [], 'no request of the others fails');
		assert.ok(peakMiB - beforeMiB < GROWTH_MIB_MAX, `from ${beforeMiB} MiB to ${peakMiB} MiB`);
		assert.ok(during <= calm * RATIO_MAX, `p99 of others: ${calm} ms before, ${during} ms during`);
	});
}
