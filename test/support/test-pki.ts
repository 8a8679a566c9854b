/** Certificates for tests, made by the product's own authority, in a temporary directory: good ones, and ones with every fault that a listener must find. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainSerial } from '../../src/adapters/tls/certificate-rules.ts';
import { type CertifiedKey, issueCertificate, makeAuthority, makeRevocationList } from '../../src/adapters/tls/x509-library.ts';
import { makeTempDirectory } from './cleanup.ts';
import type { ClientTls } from './client-tls.ts';

/** Paths. */
export interface CertificateFiles {
	readonly cert: string;
	readonly key: string;
}

export interface TestCertificate {
	readonly commonName?: string;
	/** Default: this machine's names. */
	readonly hosts?: readonly string[];
	/** From now. */
	readonly fromDays?: number;
	readonly toDays?: number;
}

export const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];
const DAY_MS = 24 * 3_600_000;
const BOTH = ['server', 'client'] as const;

export class TestPki {
	readonly directory: string;
	readonly #authority: CertifiedKey;

	static async make(name = 'test CA'): Promise<TestPki> {
		return new TestPki(makeTempDirectory('pki'), await makeAuthority(name, validity({})));
	}

	private constructor(directory: string, authority: CertifiedKey) {
		this.directory = directory;
		this.#authority = authority;
		writeFileSync(this.ca, authority.certificate);
	}

	/** Path of the authority's certificate. */
	get ca(): string {
		return join(this.directory, 'ca.crt');
	}

	get crl(): string {
		return join(this.directory, 'crl.pem');
	}

	/** Overwrites what was issued under the name before. */
	async issue(name: string, wanted: TestCertificate = {}): Promise<CertificateFiles> {
		const { commonName = name, hosts = LOCAL_HOSTS } = wanted;
		const made = await issueCertificate(this.#authority, { commonName, hosts, purposes: BOTH, ...validity(wanted) });
		const files = { cert: join(this.directory, `${name}.crt`), key: join(this.directory, `${name}.key`) };
		writeFileSync(files.key, made.key);
		writeFileSync(files.cert, made.certificate);
		return files;
	}

	/** Writes the list anew: these, and no others. */
	async revoke(...certificates: readonly CertificateFiles[]): Promise<void> {
		const serials = certificates.map(({ cert }) => plainSerial(new X509Certificate(readFileSync(cert)).serialNumber));
		writeFileSync(this.crl, await makeRevocationList(this.#authority, serials, validity({})));
	}

	/** For a client that trusts this authority, and shows the certificate if there is one. */
	clientTls(files?: CertificateFiles): ClientTls {
		const ca = readFileSync(this.ca);
		return files === undefined ? { ca } : { ca, cert: readFileSync(files.cert), key: readFileSync(files.key) };
	}
}

function validity({ fromDays = -1, toDays = 300 }: TestCertificate): { readonly notBefore: Date; readonly notAfter: Date } {
	const now = Date.now();
	return { notBefore: new Date(now + fromDays * DAY_MS), notAfter: new Date(now + toDays * DAY_MS) };
}
