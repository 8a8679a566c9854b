/**
 * How the listeners of one kind (clients', peers'), and a member that dials its peers, are secured: paths and rules, never a secret. Made by
 * config/security-check.ts, read by adapters/tls.
 */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface TlsSettings {
	/** As in the options' names: --cert-file or --peer-cert-file. */
	readonly prefix: '' | 'peer-';
	/** Paths; empty: none. Without a certificate there is no TLS. */
	readonly certFile: string;
	readonly keyFile: string;
	/** What is shown when this member dials, if it is not certFile. */
	readonly dialCertFile: string;
	readonly dialKeyFile: string;
	readonly trustedCaFile: string;
	readonly crlFile: string;
	/** The member makes its certificate itself: what is sent is encrypted, and nobody is authenticated. */
	readonly isSelfSigned: boolean;
	/** Whoever connects must show a certificate of one of the trusted CAs. */
	readonly requiresCertificate: boolean;
	/** Its common name, or a name that it is for, must be one of these; empty: any. */
	readonly allowedNames: readonly string[];
	readonly allowedHosts: readonly string[];
	/** It must be for the address that its holder connects from. */
	readonly checksAddress: boolean;
	readonly minVersion: TlsVersion;
	readonly maxVersion: TlsVersion;
	/** As OpenSSL names them; empty: Node's choice. */
	readonly ciphers: readonly string[];
}

export function isSecured(settings: TlsSettings): boolean {
	return settings.certFile !== '';
}
