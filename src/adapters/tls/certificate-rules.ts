/**
 * Whether a certificate that a CA vouches for is good enough: not revoked, of an allowed name, for the address of its holder. By the rules of
 * etcd's transport (reference/etcd-surface.md 7.6). Used by secure-server.ts for callers and by peer-dialer.ts for those that are called.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { DetailedPeerCertificate } from 'node:tls';
import type { TlsSettings } from '../../base/tls-settings.ts';

/** The DNS, as the system asks it. */
export interface Lookups {
	addressesOf(name: string): Promise<readonly string[]>;
	namesOf(address: string): Promise<readonly string[]>;
}

export interface AlternativeNames {
	readonly addresses: readonly string[];
	readonly names: readonly string[];
}

const CHAIN_MAX = 16;
/** One entry of Node's text: a value with anything unusual in it is quoted as JSON. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)/gy;

/** Why a chain of certificates is refused, by rules that need no address; null: it is not. */
export function refusalOfChain(
	chain: DetailedPeerCertificate,
	rules: Pick<TlsSettings, 'allowedNames' | 'allowedHosts'>,
	revoked: ReadonlySet<string>,
): string | null {
	const revokedOne = revoked.size === 0 ? null : findRevoked(chain, revoked);
	if (revokedOne !== null) {
		return `the certificate with serial number ${revokedOne} is revoked`;
	}
	const { allowedNames, allowedHosts } = rules;
	const commonNames = [chain.subject?.CN ?? []].flat();
	if (allowedNames.length > 0 && !commonNames.some((name) => allowedNames.includes(name))) {
		return `the certificate's common name ${JSON.stringify(commonNames.join())} is not allowed`;
	}
	const leaf = allowedHosts.length > 0 ? new X509Certificate(chain.raw) : null;
	if (leaf !== null && !allowedHosts.some((host) => isFor(leaf, host))) {
		return `the certificate is for none of the allowed host names, but for ${leaf.subjectAltName ?? 'no name at all'}`;
	}
	return null;
}

/** Why a certificate is not for the address that its holder connects from; null: it is. */
export async function refusalOfAddress(certificate: X509Certificate, address: string, lookups: Lookups): Promise<string | null> {
	const { addresses, names } = alternativeNames(certificate.subjectAltName ?? '');
	if (addresses.length === 0 && names.length === 0) {
		return 'the certificate has no subject alternative name';
	}
	const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
	if (certificate.checkIP(plain) !== undefined || (names.length > 0 && (await isAddressOf(plain, names, lookups)))) {
		return null;
	}
	return `the certificate is not for ${plain}, but for ${[...addresses, ...names].join(', ')}`;
}

/** text: as Node writes a certificate's alternative names. */
export function alternativeNames(text: string): AlternativeNames {
	const addresses: string[] = [];
	const names: string[] = [];
	for (const [, kind, value = ''] of text.matchAll(ENTRY)) {
		// A quoted one is no name that anybody could look up.
		if (kind === 'IP Address' && !value.startsWith('"')) {
			addresses.push(value);
		} else if (kind === 'DNS' && !value.startsWith('"')) {
			names.push(value);
		}
	}
	return { addresses, names };
}

/** One spelling of a serial number: upper-case hex without zeros in front. */
export function plainSerial(hex: string): string {
	return hex.toUpperCase().replace(/^0+(?=.)/, '');
}

/** The common name is not looked at: a certificate says in its alternative names whom it is for. */
function isFor(certificate: X509Certificate, host: string): boolean {
	return isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) !== undefined : certificate.checkIP(host) !== undefined;
}

async function isAddressOf(address: string, names: readonly string[], lookups: Lookups): Promise<boolean> {
	const wildcards = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
	const whole = names.filter((name) => !name.startsWith('*.'));
	const found = await Promise.all(whole.map((name) => lookups.addressesOf(name)));
	if (found.flat().includes(address)) {
		return true;
	}
	const reverse = (await lookups.namesOf(address)).map((name) => name.replace(/\.$/, ''));
	return reverse.some((name) => whole.includes(name) || wildcards.some((wildcard) => name.endsWith(wildcard)));
}

function findRevoked(chain: DetailedPeerCertificate, revoked: ReadonlySet<string>): string | null {
	let at: DetailedPeerCertificate | undefined = chain;
	for (let depth = 0; at !== undefined && depth < CHAIN_MAX; depth++) {
		const serial = plainSerial(at.serialNumber ?? '');
		if (revoked.has(serial)) {
			return serial;
		}
		const next: DetailedPeerCertificate | undefined = at.issuerCertificate;
		at = next === at ? undefined : next;
	}
	return null;
}
