/**
 * Signed tokens on running members, beside Debian's etcd with the same keys: each takes what the other has signed, a member that has only the public key
 * takes tokens and gives none, and whatever is not signed with the private key, by the configured method and for now, is refused in etcd's words.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AuthClient } from '../support/auth-client.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

interface Keys {
	readonly publicKey: KeyObject;
	readonly privateKey: KeyObject;
}

interface Method {
	readonly name: string;
	readonly make: () => Keys;
	readonly sign: (data: Buffer, key: KeyObject) => Buffer;
}

const METHODS: readonly Method[] = [
	{
		name: 'RS256',
		make: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }),
		sign: (data, key) => sign('sha256', data, key),
	},
	{
		name: 'ES256',
		make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
		sign: (data, key) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
	},
];
const PASSWORD = 'pw';
/** No less than that of access control with one user. */
const REVISION = 4;
const HOUR = 3_600;

function encode(part: object): string {
	return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** No signature where none is made. */
function token(alg: string, claims: object, signature: (data: Buffer) => Buffer): string {
	const body = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
	return `${body}.${signature(Buffer.from(body)).toString('base64url')}`;
}

function claims(changes: object = {}): object {
	return { username: 'root', revision: REVISION, exp: Math.floor(Date.now() / 1_000) + HOUR, ...changes };
}

class Side {
	readonly member: Member;
	readonly client: AuthClient;

	constructor(member: Member) {
		this.member = member;
		this.client = new AuthClient(member.clientUrl);
	}

	async end(): Promise<void> {
		this.client.close();
		this.member.client.close();
		await this.member.kill();
	}
}

for (const method of METHODS) {
	describe(`auth jwt: ${method.name}`, () => {
		const directory = makeTempDirectory('jwt');
		const keys = method.make();
		const others = method.make();
		const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
		const signed = (changes: object = {}, key = keys.privateKey): string => token(method.name, claims(changes), (data) => method.sign(data, key));
		let ours: Side;
		let theirs: Side;

		before(async () => {
			const privateType = method.name.startsWith('RS') ? 'pkcs1' : 'sec1';
			writeFileSync(join(directory, 'public.pem'), pem);
			writeFileSync(join(directory, 'private.pem'), keys.privateKey.export({ type: privateType, format: 'pem' }));
			const flags = {
				'auth-token': `jwt,sign-method=${method.name},pub-key=${directory}/public.pem,priv-key=${directory}/private.pem,ttl=10m`,
				'bcrypt-cost': '4',
			};
			[ours, theirs] = (await Promise.all([startMember({ flags }), startEtcd({ flags })])).map((member) => new Side(member)) as [Side, Side];
			await Promise.all([ours.client.enable(PASSWORD), theirs.client.enable(PASSWORD)]);
		});

		after(async () => {
			await Promise.all([ours.end(), theirs.end()]);
			removeTempDirectory(directory);
		});

		test(`auth jwt: ${method.name}: each takes the other's tokens, and one that was signed elsewhere`, async () => {
			const [byUs, byThem] = await Promise.all([ours.client.login('root', PASSWORD), theirs.client.login('root', PASSWORD)]);
			for (const each of [byUs, byThem, signed()]) {
				for (const side of [ours, theirs]) {
					assert.equal((await side.client.put('k', each)).message, '');
				}
			}
		});

		const refused: Readonly<Record<string, () => string>> = {
			'another key': () => signed({}, others.privateKey),
			'no signature': () => token('none', claims(), () => Buffer.alloc(0)),
			'the public key as a secret': () => token('HS256', claims(), (data) => createHmac('sha256', pem).update(data).digest()),
			'a time that is over': () => signed({ exp: Math.floor(Date.now() / 1_000) - HOUR }),
			'an older revision': () => signed({ revision: 1 }),
			'a user that there is not': () => signed({ username: 'nobody' }),
			'claims that were changed': () => signed().replace(/\..*\./, `.${encode(claims({ exp: 2 ** 32 }))}.`),
		};
		for (const [what, make] of Object.entries(refused)) {
			test(`auth jwt: ${method.name}: a token with ${what} is refused, as etcd does`, async () => {
				const bad = make();
				const [seen, wanted] = await Promise.all([ours, theirs].map(({ client }) => client.get('k', bad)));
				assert.notEqual(seen?.status, 0);
				assert.deepEqual([seen?.status, seen?.message], [wanted?.status, wanted?.message]);
			});
		}

		test(`auth jwt: ${method.name}: a member with the public key alone takes tokens and gives none`, async () => {
			const verifier = new Side(
				await startMember({ flags: { 'auth-token': `jwt,sign-method=${method.name},pub-key=${directory}/public.pem`, 'bcrypt-cost': '4' } }),
			);
			try {
				await assert.rejects(verifier.client.enable(PASSWORD), /login of root/);
				assert.equal((await verifier.client.put('k', signed())).message, '');
			} finally {
				await verifier.end();
			}
		});
	});
}
