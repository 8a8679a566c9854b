/** JWT with real keys: only what was signed by the one method with the one key counts, and only with claims of the right form (threat T4; etcd issue 15676). */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openJwtSigner } from '../../../../src/adapters/jwt-library.ts';
import { JwtTokens, readClaims } from '../../../../src/api/access/jwt-tokens.ts';
import { NO_AUTH } from '../../../../src/auth/auth-table.ts';
import type { Identity } from '../../../../src/auth/identity.ts';
import type { JwtSettings, SignMethod } from '../../../../src/base/auth-settings.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { SILENT } from '../../../../src/ports/logger.ts';
import { makeTempDirectory, removeTempDirectory } from '../../../support/cleanup.ts';

const directory = makeTempDirectory('jwt');
after(() => removeTempDirectory(directory));
const NOW = 1_700_000_000;
const USER = { name: 'ann', passwordHash: new Uint8Array(0), noPassword: false, roles: [], credential: 1 };
const INVALID = CODES.invalid_auth_token.code;

function write(name: string, text: string | Buffer): string {
	const path = join(directory, name);
	fs.writeFileSync(path, text);
	return path;
}

function writePair(name: string, { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }) {
	return {
		publicKey: write(`${name}.pub`, publicKey.export({ type: 'spki', format: 'pem' })),
		privateKey: write(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' })),
	};
}

const RSA = writePair('rsa', generateKeyPairSync('rsa', { modulusLength: 2_048 }));
const PAIRS: Readonly<Record<string, ReturnType<typeof writePair>>> = {
	RS256: RSA,
	PS384: RSA,
	ES256: writePair('ec256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' })),
	ES512: writePair('ec512', generateKeyPairSync('ec', { namedCurve: 'secp521r1' })),
	EdDSA: writePair('ed', generateKeyPairSync('ed25519')),
	HS256: { publicKey: '', privateKey: write('secret', 'a secret of no more than some bytes') },
};

class Issuer {
	now = NOW;
	readonly tokens: JwtTokens;

	constructor(signMethod: SignMethod, keys: Pick<JwtSettings, 'publicKey' | 'privateKey'>) {
		const signer = openJwtSigner({ kind: 'jwt', signMethod, ...keys, ttlMs: 60_000 });
		this.tokens = new JwtTokens(60, { signer, unixSeconds: () => this.now, logger: SILENT });
	}

	issue(): Promise<readonly [number, string]> {
		return new Promise((resolve) => this.tokens.issue(USER, NO_AUTH, (code, token) => resolve([code, token])));
	}

	find(token: string): Promise<Identity | number> {
		const found = this.tokens.find(token);
		return found === null ? new Promise((resolve) => this.tokens.findLater(token, resolve)) : Promise.resolve(found);
	}
}

function part(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const CLAIMS = { username: 'root', revision: 1, exp: NOW + 60 };

for (const [method, keys] of Object.entries(PAIRS)) {
	test(`jwt: ${method}: what is issued is known, at once when it is seen again, until it expires`, async () => {
		const issuer = new Issuer(method as SignMethod, keys);
		const [code, token] = await issuer.issue();
		assert.equal(code, CODES.ok.code);
		assert.deepEqual(await issuer.find(token), { user: 'ann', revision: 1 });
		assert.deepEqual(issuer.tokens.find(token), { user: 'ann', revision: 1 });
		issuer.now += 61;
		assert.equal(issuer.tokens.find(token), INVALID);
		assert.equal(await new Issuer(method as SignMethod, keys).find(`${token}x`), INVALID);
	});
}

test('jwt: time: one that expired is refused by whoever has not seen it before, with no leeway', async () => {
	const issuer = new Issuer('RS256', RSA);
	const [, token] = await issuer.issue();
	const late = new Issuer('RS256', RSA);
	late.now += 61;
	assert.equal(await late.find(token), INVALID);
});

test('jwt: alg none: a token without a signature is nobody-s', async () => {
	const issuer = new Issuer('RS256', RSA);
	for (const alg of ['none', 'None', 'NONE']) {
		assert.equal(await issuer.find(`${part({ alg, typ: 'JWT' })}.${part(CLAIMS)}.`), INVALID);
	}
});

test('jwt: confusion: the public key is no secret to sign with, and no other method of the same key counts', async () => {
	const issuer = new Issuer('RS256', RSA);
	const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(CLAIMS)}`;
	const forged = `${head}.${createHmac('sha256', fs.readFileSync(RSA.publicKey)).update(head).digest('base64url')}`;
	assert.equal(await issuer.find(forged), INVALID);
	const [, other] = await new Issuer('PS384', RSA).issue();
	assert.equal(await issuer.find(other), INVALID);
});

test('jwt: a member with the public key alone knows tokens, and gives none', async () => {
	const [, token] = await new Issuer('RS256', RSA).issue();
	const verifier = new Issuer('RS256', { publicKey: RSA.publicKey, privateKey: '' });
	assert.deepEqual(await verifier.find(token), { user: 'ann', revision: 1 });
	assert.equal((await verifier.issue())[0], CODES.auth_failed.code);
});

test('jwt: keys: one that is not for the method is refused at the start', () => {
	assert.throws(() => new Issuer('ES256', RSA), /not one for ES256/);
	assert.throws(() => new Issuer('RS256', { publicKey: write('none', 'no key'), privateKey: '' }), /holds no key/);
});

test('jwt: claims: whatever they are, they are read or refused, and never a half of them', () => {
	const anything = fc.record({ username: fc.anything(), revision: fc.anything(), exp: fc.anything() }, { requiredKeys: [] });
	fc.assert(
		fc.property(anything, (claims) => {
			const read = readClaims(claims);
			const isWhole = typeof claims.username === 'string' && typeof claims.revision === 'number' && typeof claims.exp === 'number';
			return read === null || (isWhole && read.username !== '' && read.revision > 0);
		}),
	);
	assert.deepEqual(readClaims({ username: 'a', revision: 2, exp: 3 }), { username: 'a', revision: 2, exp: 3 });
	assert.equal(readClaims({ username: 'a', exp: 3 }), null);
});
