/**
 * --auto-tls and --peer-auto-tls: a certificate that the member makes itself, below its data directory, for the hosts it listens on. It is kept as
 * long as it is valid. Called by cli/serve.ts before anything listens.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FatalError } from '../../base/fatal.ts';

export interface OwnCertificateOptions {
	readonly dataDir: string;
	readonly use: 'client' | 'peer';
	/** Listen URLs. */
	readonly urls: readonly string[];
	readonly years: number;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;
const YEAR_MILLISECONDS = 365 * 24 * 3_600_000;
const EARLIER_MILLISECONDS = 5 * 60_000;

/** Paths of the certificate and its key; as etcd, in fixtures/client or fixtures/peer. */
export async function ensureOwnCertificate(options: OwnCertificateOptions): Promise<{ readonly certFile: string; readonly keyFile: string }> {
	const directory = join(options.dataDir, 'fixtures', options.use);
	const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
	try {
		if (!isStillGood(files.certFile, files.keyFile)) {
			const { makeSelfSigned } = await import('./x509-library.ts');
			const now = Date.now();
			const made = await makeSelfSigned({
				commonName: 'quorate',
				hosts: hostsOf(options.urls),
				purposes: ['server', 'client'],
				notBefore: new Date(now - EARLIER_MILLISECONDS),
				notAfter: new Date(now + options.years * YEAR_MILLISECONDS),
			});
			mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
			rmSync(files.keyFile, { force: true });
			writeFileSync(files.keyFile, made.key, { mode: PRIVATE_FILE });
			writeFileSync(files.certFile, made.certificate, { mode: PRIVATE_FILE });
		}
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new FatalError('data_dir_unusable', `${directory}: a certificate for --auto-tls cannot be kept there: ${why}`, { cause: error });
	}
	return files;
}

function isStillGood(certFile: string, keyFile: string): boolean {
	return existsSync(certFile) && existsSync(keyFile) && Date.parse(new X509Certificate(readFileSync(certFile)).validTo) > Date.now();
}

/** A unix socket has no host: whoever speaks TLS there calls it localhost. */
function hostsOf(urls: readonly string[]): readonly string[] {
	const hosts = [...new Set(urls.filter((url) => url.startsWith('http')).map((url) => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')))];
	return hosts.length === 0 ? ['localhost'] : hosts;
}
