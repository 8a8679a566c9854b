/**
 * Reads the files behind TlsSettings (certificate, key, trusted CAs, revocation lists) and makes Node's contexts of them. All or nothing: a set of
 * files that do not fit together is refused, with the option, the file and what is wrong. When to read is tls-material.ts's question.
 */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { TlsSettings } from '../../base/tls-settings.ts';

export interface LoadedTls {
	/** For listeners. */
	readonly server: SecureContextOptions;
	/** For dialing. */
	readonly dial: SecureContext;
	readonly revoked: ReadonlySet<string>;
	/** Unix milliseconds: when the first certificate of ours that expires does so. */
	readonly notAfter: number;
	readonly hasAlternativeNames: boolean;
}

export type ReadRevoked = (file: Uint8Array) => ReadonlySet<string>;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const FILE_BYTES_MAX = 4 * 2 ** 20;
/** Go's are not to be chosen, and nor are these: each is sound. */
const TLS13_CIPHERS = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** What is wrong with a file, in words that begin with its option. */
export class TlsFileError extends Error {
	override readonly name = 'TlsFileError';
}

/** Changes whenever one of the files does. */
export function stampOf(settings: TlsSettings): string {
	return pathsOf(settings).map(stampOfFile).join(' ');
}

/** Throws TlsFileError. */
export function loadTls(settings: TlsSettings, readRevoked: ReadRevoked): LoadedTls {
	const { prefix, certFile, keyFile, trustedCaFile, crlFile } = settings;
	const cert = readOption(`--${prefix}cert-file`, certFile);
	const key = readOption(`--${prefix}key-file`, keyFile);
	const ca = trustedCaFile === '' ? null : readOption(`--${prefix}trusted-ca-file`, trustedCaFile);
	if (ca !== null) {
		certificatesIn(`--${prefix}trusted-ca-file`, trustedCaFile, ca);
	}
	const own = certificatesIn(`--${prefix}cert-file`, certFile, cert);
	const server = { ...contextRules(settings), cert, key, ...(ca === null ? {} : { ca }) };
	checkPair(`--${prefix}cert-file and --${prefix}key-file`, certFile, server);
	const dial = dialContext(settings, server);
	const crlOption = `--${prefix === '' ? 'client-' : prefix}crl-file`;
	const revoked = crlFile === '' ? new Set<string>() : named(crlOption, crlFile, () => readRevoked(readOption(crlOption, crlFile)));
	return {
		server,
		dial,
		revoked,
		notAfter: Math.min(...own.map(({ validTo }) => Date.parse(validTo))),
		hasAlternativeNames: own[0]?.subjectAltName !== undefined,
	};
}

/** Resumed sessions would not be checked anew: where callers are checked, there are none (reliability.md T15). */
function contextRules({ requiresCertificate, minVersion, maxVersion, ciphers }: TlsSettings): SecureContextOptions {
	return {
		minVersion,
		maxVersion,
		honorCipherOrder: true,
		secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (requiresCertificate ? constants.SSL_OP_NO_TICKET : 0),
		...(ciphers.length === 0 ? {} : { ciphers: [...TLS13_CIPHERS, ...ciphers].join(':') }),
	};
}

function dialContext(settings: TlsSettings, server: SecureContextOptions): SecureContext {
	const { prefix, dialCertFile, dialKeyFile } = settings;
	if (dialCertFile === '') {
		return createSecureContext(server);
	}
	const cert = readOption(`--${prefix}client-cert-file`, dialCertFile);
	const key = readOption(`--${prefix}client-key-file`, dialKeyFile);
	return checkPair(`--${prefix}client-cert-file and --${prefix}client-key-file`, dialCertFile, { ...server, cert, key });
}

function checkPair(options: string, path: string, context: SecureContextOptions): SecureContext {
	return named(options, path, () => createSecureContext(context));
}

function certificatesIn(option: string, path: string, bytes: Buffer): readonly X509Certificate[] {
	const certificates = named(option, path, () => [...bytes.toString('latin1').matchAll(PEM_CERTIFICATE)].map(([pem]) => new X509Certificate(pem)));
	if (certificates.length === 0) {
		throw new TlsFileError(`${option}: ${path} holds no certificate in PEM`);
	}
	return certificates;
}

function readOption(option: string, path: string): Buffer {
	const bytes = named(option, path, () => readFileSync(path));
	if (bytes.length > FILE_BYTES_MAX) {
		throw new TlsFileError(`${option}: ${path} has ${bytes.length} bytes, and at most ${FILE_BYTES_MAX} are read`);
	}
	return bytes;
}

function named<T>(option: string, path: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof TlsFileError) {
			throw error;
		}
		throw new TlsFileError(`${option}: ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
	}
}

function pathsOf({ certFile, keyFile, dialCertFile, dialKeyFile, trustedCaFile, crlFile }: TlsSettings): readonly string[] {
	return [certFile, keyFile, dialCertFile, dialKeyFile, trustedCaFile, crlFile].filter((path) => path !== '');
}

function stampOfFile(path: string): string {
	try {
		const { ino, size, mtimeMs, ctimeMs } = statSync(path);
		return `${ino}/${size}/${mtimeMs}/${ctimeMs}`;
	} catch (error) {
		// Said by whoever reads it next.
		return String(error);
	}
}
