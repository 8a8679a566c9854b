/**
 * The only importer of @peculiar/x509: makes certificates and revocation lists, and reads such lists. Loading it takes a tenth of a second, so it
 * is imported when it is needed: by own-certificates.ts, tls-material.ts and cli/pki.ts. Checks of certificates are not here: Node has them.
 */
import 'reflect-metadata';
import { createPrivateKey, randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { plainSerial } from './certificate-rules.ts';

/** A certificate and its key, as PEM. */
export interface CertifiedKey {
	readonly certificate: string;
	readonly key: string;
}

export interface Validity {
	readonly notBefore: Date;
	readonly notAfter: Date;
}

export interface CertificateRequest extends Validity {
	readonly commonName: string;
	/** IP addresses and DNS names under which its holder is reached. */
	readonly hosts: readonly string[];
	readonly purposes: readonly ('server' | 'client')[];
}

const ORGANIZATION = 'quorate';
/** Every client of TLS 1.2 knows it, and a handshake costs a fraction of that with RSA or P-521. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SERIAL_BYTES = 16;
const PURPOSES = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth } as const;
const CRL_BLOCK = /-----BEGIN (?:X509 )?CRL-----([\s\S]*?)-----END (?:X509 )?CRL-----/g;
const LINE_CHARACTERS = 64;

/** The root of a small public key infrastructure. */
export async function makeAuthority(commonName: string, validity: Validity): Promise<CertifiedKey> {
	const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
	const certificate = await x509.X509CertificateGenerator.createSelfSigned({
		...validity,
		serialNumber: newSerial(),
		name: nameOf(commonName),
		keys,
		signingAlgorithm: ALGORITHM,
		extensions: [
			new x509.BasicConstraintsExtension(true, 0, true),
			new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
			await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
		],
	});
	return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
}

/** A certificate of the authority's for a new key. */
export async function issueCertificate(authority: CertifiedKey, request: CertificateRequest): Promise<CertifiedKey> {
	const issuer = new x509.X509Certificate(authority.certificate);
	const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
	const certificate = await x509.X509CertificateGenerator.create({
		notBefore: request.notBefore,
		notAfter: request.notAfter,
		serialNumber: newSerial(),
		subject: nameOf(request.commonName),
		issuer: issuer.subjectName,
		publicKey: keys.publicKey,
		signingKey: await readKey(authority.key),
		signingAlgorithm: ALGORITHM,
		extensions: [...leafExtensions(request), await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey)],
	});
	return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
}

/** A certificate that nobody vouches for. */
export async function makeSelfSigned(request: CertificateRequest): Promise<CertifiedKey> {
	const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
	const certificate = await x509.X509CertificateGenerator.createSelfSigned({
		notBefore: request.notBefore,
		notAfter: request.notAfter,
		serialNumber: newSerial(),
		name: nameOf(request.commonName),
		keys,
		signingAlgorithm: ALGORITHM,
		extensions: leafExtensions(request),
	});
	return { certificate: `${certificate.toString('pem')}\n`, key: await keyPem(keys.privateKey) };
}

/** A list, signed by the authority, of the serial numbers (hex) of its certificates that count no more. */
export async function makeRevocationList(authority: CertifiedKey, serials: Iterable<string>, validity: Validity): Promise<string> {
	const list = await x509.X509CrlGenerator.create({
		issuer: new x509.X509Certificate(authority.certificate).subjectName,
		thisUpdate: validity.notBefore,
		nextUpdate: validity.notAfter,
		entries: [...serials].map((serialNumber) => ({ serialNumber, revocationDate: validity.notBefore })),
		signingAlgorithm: ALGORITHM,
		signingKey: await readKey(authority.key),
	});
	// The library's own label is one that OpenSSL and Go do not read.
	const base64 = Buffer.from(list.rawData).toString('base64');
	const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
	return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}

/** The serial numbers in one or more lists, PEM or DER, as plainSerial writes them. Throws for bytes that are no list. */
export function readRevokedSerials(file: Uint8Array): ReadonlySet<string> {
	const text = Buffer.from(file).toString('latin1');
	const blocks = [...text.matchAll(CRL_BLOCK)].map(([, base64]) => Buffer.from(base64 ?? '', 'base64'));
	const lists = (blocks.length > 0 ? blocks : [file]).map((bytes) => new x509.X509Crl(Uint8Array.from(bytes)));
	return new Set(lists.flatMap((list) => list.entries.map(({ serialNumber }) => plainSerial(serialNumber))));
}

function leafExtensions({ hosts, purposes }: CertificateRequest): x509.Extension[] {
	const extensions: x509.Extension[] = [
		new x509.BasicConstraintsExtension(false, undefined, true),
		new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
		new x509.ExtendedKeyUsageExtension(purposes.map((purpose) => PURPOSES[purpose])),
	];
	if (hosts.length > 0) {
		const names = hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
		extensions.push(new x509.SubjectAlternativeNameExtension(names));
	}
	return extensions;
}

/** Not as text, in which a comma would begin another part of the name. */
function nameOf(commonName: string): x509.Name {
	return new x509.Name([{ CN: [commonName] }, { O: [ORGANIZATION] }]);
}

/** Positive, and as unguessable as serial numbers have to be. */
function newSerial(): string {
	const bytes = randomBytes(SERIAL_BYTES);
	bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
	return bytes.toString('hex');
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
	const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
	return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }).toString();
}

function readKey(pem: string): Promise<webcrypto.CryptoKey> {
	const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
	return crypto.subtle.importKey('pkcs8', Uint8Array.from(der), ALGORITHM, false, ['sign']);
}
