/** Passwords: what was right is known again without work, guessing is bounded by name and by address, and a name that is not there costs the same (threat T5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credentials } from '../../../../src/api/access/credentials.ts';
import { FailureLimits } from '../../../../src/api/access/failure-limits.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { type OffloadResult, OTHER, type PasswordJob, SAME } from '../../../../src/protocol/offload-jobs.ts';

const OK = CODES.ok.code;
const WRONG = CODES.auth_failed.code;
const BUSY = CODES.too_many_requests.code;
const HASH = '$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234';

class Subject {
	now = 0;
	readonly jobs: PasswordJob[] = [];
	answer: OffloadResult | null = null;
	readonly credentials = new Credentials(4, {
		offload: (job) => {
			this.jobs.push(job);
			return Promise.resolve(this.answer ?? { ok: true, text: job.password === 'right' ? SAME : OTHER });
		},
		keyedHash: (text) => `hash of ${text}`,
		now: () => this.now,
	});

	verify(password: string, more: { readonly name?: string; readonly storedHash?: string; readonly remoteAddress?: string } = {}): Promise<number> {
		const attempt = { name: 'ann', storedHash: HASH, remoteAddress: '10.0.0.1', password, ...more };
		return new Promise((resolve) => this.credentials.verify(attempt, resolve));
	}
}

test('credentials: cache: a right password costs work once, and again when the user has got another hash', async () => {
	const subject = new Subject();
	assert.deepEqual([await subject.verify('right'), await subject.verify('right')], [OK, OK]);
	assert.equal(subject.jobs.length, 1);
	await subject.verify('right', { storedHash: HASH.replace('a', 'b') });
	assert.equal(subject.jobs.length, 2);
});

test('credentials: unknown name: it is compared with a hash of the same cost, and never right', async () => {
	const subject = new Subject();
	assert.equal(await subject.verify('right', { storedHash: '' }), WRONG);
	const [job] = subject.jobs;
	assert.match(job?.kind === 'compare_password' ? job.hash : '', /^\$2b\$04\$[./A-Za-z0-9]{53}$/);
});

test('credentials: limits: guessing at one name from many addresses is refused, and whoever knows the password is not locked out', async () => {
	const subject = new Subject();
	await subject.verify('right');
	for (let i = 0; i < 10; i++) {
		assert.equal(await subject.verify('wrong', { remoteAddress: `10.0.1.${i}` }), WRONG);
	}
	assert.equal(await subject.verify('wrong', { remoteAddress: '10.0.2.1' }), BUSY);
	assert.equal(await subject.verify('right', { remoteAddress: '10.0.2.1' }), OK);
	subject.now += 1;
	assert.equal(await subject.verify('wrong', { remoteAddress: '10.0.2.1' }), WRONG);
});

test('credentials: limits: guessing at many names from one address is refused, and costs no work beyond the bound', async () => {
	const subject = new Subject();
	const codes = await Promise.all(Array.from({ length: 200 }, (_, i) => subject.verify('wrong', { name: `n${i}` })));
	assert.deepEqual([codes.filter((code) => code === WRONG).length, codes.filter((code) => code === BUSY).length], [20, 180]);
	assert.equal(subject.jobs.length, 20);
});

test('credentials: limits: the addresses of one IPv6 network are one, and those of another are not among them', async () => {
	const subject = new Subject();
	const guess = (i: number, remoteAddress: string): Promise<number> => subject.verify('wrong', { name: `n${i}`, remoteAddress });
	const codes = await Promise.all(Array.from({ length: 200 }, (_, i) => guess(i, `2001:db8:1:2::${i.toString(16)}`)));
	assert.deepEqual([codes.filter((code) => code === WRONG).length, codes.filter((code) => code === BUSY).length], [20, 180]);
	assert.equal(await guess(201, '2001:db8:1:3::1'), WRONG);
});

test('credentials: limits: right passwords from one IPv6 network leave it all of its guesses', async () => {
	const subject = new Subject();
	for (let i = 0; i < 40; i++) {
		assert.equal(await subject.verify('right', { name: `n${i}`, remoteAddress: `2001:db8:1:2::${i.toString(16)}` }), OK);
	}
});

test('credentials: a full queue is no wrong password', async () => {
	const subject = new Subject();
	subject.answer = { ok: false, why: 'full' };
	for (let i = 0; i < 30; i++) {
		assert.equal(await subject.verify('right'), BUSY);
	}
	subject.answer = null;
	assert.equal(await subject.verify('right'), OK);
});

test('limits: the table is bounded, and the oldest goes first', () => {
	const limits = new FailureLimits({ burst: 1, perSecond: 1 });
	for (let i = 0; i < 5_000; i++) {
		limits.attempt(`k${i}`, i);
	}
	assert.equal(limits.size, 4_096);
});
