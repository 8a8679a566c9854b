/**
 * JWT on jose, its only user: keys from files, and one method that all tokens are signed with, so that nobody can choose another one (alg none, a public
 * key taken for a secret). Used by client-front-end.ts.
 */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { jwtVerify, SignJWT } from 'jose';
import type { JwtSigner } from '../api/access/jwt-tokens.ts';
import type { JwtSettings, SignMethod } from '../base/auth-settings.ts';
import { FatalError } from '../base/fatal.ts';

const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'rsa', PS: 'rsa', ES: 'ec', Ed: 'ed25519' };
const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };
const MILLISECONDS_A_SECOND = 1_000;

/** Throws FatalError where the files are not there, or hold other keys than the method wants. */
export function openJwtSigner(settings: JwtSettings): JwtSigner {
	const { signMethod } = settings;
	const { verifying, signing } = signMethod.startsWith('HS') ? readSecret(settings) : readKeyPair(settings);
	return {
		canSign: signing !== null,
		sign: async (claims) => {
			if (signing === null) {
				throw new Error('there is no key to sign with');
			}
			return new SignJWT({ ...claims }).setProtectedHeader({ alg: signMethod, typ: 'JWT' }).sign(signing);
		},
		verify: async (token, unixSeconds) => {
			try {
				const { payload } = await jwtVerify(token, verifying, {
					algorithms: [signMethod],
					currentDate: new Date(unixSeconds * MILLISECONDS_A_SECOND),
				});
				return payload;
			} catch {
				return null;
			}
		},
	};
}

interface Keys {
	readonly verifying: KeyObject;
	readonly signing: KeyObject | null;
}

/** As etcd: the secret is the file as it is. */
function readSecret({ privateKey, publicKey }: JwtSettings): Keys {
	const secret = createSecretKey(read(privateKey === '' ? publicKey : privateKey));
	return { verifying: secret, signing: secret };
}

function readKeyPair({ privateKey, publicKey, signMethod }: JwtSettings): Keys {
	const signing = privateKey === '' ? null : parse(privateKey, signMethod, createPrivateKey);
	const verifying = parse(publicKey === '' ? privateKey : publicKey, signMethod, createPublicKey);
	return { verifying, signing };
}

function parse(path: string, method: SignMethod, make: (pem: Buffer) => KeyObject): KeyObject {
	const pem = read(path);
	let key: KeyObject;
	try {
		key = make(pem);
	} catch (error) {
		throw new FatalError('bad_config', `--auth-token: ${path} holds no key in PEM form`, { cause: error });
	}
	const curve = CURVES[method];
	const isRight = key.asymmetricKeyType === KEY_TYPES[method.slice(0, 2)] && (curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve);
	if (!isRight) {
		throw new FatalError('bad_config', `--auth-token: the key in ${path} is not one for ${method}`);
	}
	return key;
}

function read(path: string): Buffer {
	try {
		return fs.readFileSync(path);
	} catch (error) {
		throw new FatalError('bad_config', `--auth-token: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
			cause: error,
		});
	}
}
