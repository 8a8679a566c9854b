/**
 * `quorate pki`: a small certificate authority in a directory: ca.crt, ca.key, crl.pem, and a certificate and a key for each name. Nothing that is
 * there is overwritten, but for the list of what was revoked. Called by main.ts.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainSerial } from '../adapters/tls/certificate-rules.ts';
import {
	type CertifiedKey,
	issueCertificate,
	makeAuthority,
	makeRevocationList,
	readRevokedSerials,
	type Validity,
} from '../adapters/tls/x509-library.ts';
import { FatalError } from '../base/fatal.ts';
import { endWithCode } from './end.ts';
import { type PkiArguments, readPkiArguments } from './pki-arguments.ts';

const AUTHORITY = 'ca';
const REVOCATIONS = 'crl.pem';
/** Clocks differ. */
const EARLIER_MILLISECONDS = 5 * 60_000;
const DAY_MILLISECONDS = 24 * 3_600_000;
const DAYS_A_YEAR = 365;
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;
const PUBLIC_FILE = 0o644;

export async function runPki(argv: readonly string[]): Promise<void> {
	const wanted = readPkiArguments(argv);
	switch (wanted.kind) {
		case 'help':
			process.stdout.write(wanted.text);
			return;
		case 'error':
			return endWithCode(wanted.exitCode, wanted.line);
		case 'init':
			return init(wanted);
		case 'issue':
			return issue(wanted);
		case 'revoke':
			return revoke(wanted);
	}
}

async function init({ directory, name, years }: Extract<PkiArguments, { kind: 'init' }>): Promise<void> {
	refuseExisting(directory, [AUTHORITY]);
	const authority = await makeAuthority(name, validFor(years));
	withFiles(() => mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY }));
	write(directory, AUTHORITY, authority);
	await writeRevocations(directory, authority, []);
}

async function issue({ directory, use, names, hosts, years }: Extract<PkiArguments, { kind: 'issue' }>): Promise<void> {
	const authority = read(directory, AUTHORITY);
	refuseExisting(directory, names);
	const purposes = use === 'member' ? (['server', 'client'] as const) : (['client'] as const);
	for (const name of names) {
		write(directory, name, await issueCertificate(authority, { commonName: name, hosts, purposes, ...validFor(years) }));
	}
}

async function revoke({ directory, names }: Extract<PkiArguments, { kind: 'revoke' }>): Promise<void> {
	const authority = read(directory, AUTHORITY);
	const path = join(directory, REVOCATIONS);
	const revoked = withFiles(() => (existsSync(path) ? readRevokedSerials(readFileSync(path)) : new Set<string>()));
	const more = names.map((name) => withFiles(() => plainSerial(new X509Certificate(readFileSync(join(directory, `${name}.crt`))).serialNumber)));
	await writeRevocations(directory, authority, [...revoked, ...more]);
}

async function writeRevocations(directory: string, authority: CertifiedKey, serials: readonly string[]): Promise<void> {
	const list = await makeRevocationList(authority, new Set(serials), validFor(1));
	withFiles(() => writeFileSync(join(directory, REVOCATIONS), list, { mode: PUBLIC_FILE }));
	process.stdout.write(`${join(directory, REVOCATIONS)}: ${new Set(serials).size} revoked\n`);
}

function validFor(years: number): Validity {
	const now = Date.now();
	return { notBefore: new Date(now - EARLIER_MILLISECONDS), notAfter: new Date(now + years * DAYS_A_YEAR * DAY_MILLISECONDS) };
}

function read(directory: string, name: string): CertifiedKey {
	return withFiles(() => ({
		certificate: readFileSync(join(directory, `${name}.crt`), 'utf8'),
		key: readFileSync(join(directory, `${name}.key`), 'utf8'),
	}));
}

function write(directory: string, name: string, { certificate, key }: CertifiedKey): void {
	withFiles(() => {
		writeFileSync(join(directory, `${name}.key`), key, { mode: PRIVATE_FILE, flag: 'wx' });
		writeFileSync(join(directory, `${name}.crt`), certificate, { mode: PUBLIC_FILE, flag: 'wx' });
	});
	process.stdout.write(`${join(directory, `${name}.crt`)} and ${join(directory, `${name}.key`)}\n`);
}

function refuseExisting(directory: string, names: readonly string[]): void {
	const there = names.flatMap((name) => [`${name}.crt`, `${name}.key`]).find((file) => existsSync(join(directory, file)));
	if (there !== undefined) {
		throw new FatalError('bad_config', `${join(directory, there)} is there already, and pki overwrites nothing`);
	}
}

/** What the file system refuses is the caller's to mend. */
function withFiles<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw new FatalError('bad_config', `pki: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
	}
}
