/**
 * How a member dials another over TLS: with its own certificate, and only those that a trusted CA vouches for, that are not revoked, of an allowed
 * name, and for the host that was dialed. The client side of secure-server.ts; used through peer-http-client.ts.
 */
import { type ConnectionOptions, checkServerIdentity, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls';
import { refusalOfChain } from './certificate-rules.ts';
import type { TlsMaterial } from './tls-material.ts';

/** As they are at this moment: asked for at each connection. */
export type DialOptions = Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized' | 'checkServerIdentity'>;

export function dialOptions(material: TlsMaterial): DialOptions {
	const { settings } = material;
	const { dial, revoked } = material.current();
	return {
		secureContext: dial,
		// Certificates that members have made themselves say nothing of who they are.
		rejectUnauthorized: !settings.isSelfSigned,
		checkServerIdentity: (host, certificate) => {
			const refusal = nameless(certificate) ?? refusalOfChain(certificate as DetailedPeerCertificate, settings, revoked);
			return refusal === null ? checkServerIdentity(host, certificate) : new Error(refusal);
		},
	};
}

/** Node would take the common name for the host, as nobody else does any more. */
function nameless({ subjectaltname }: PeerCertificate): string | null {
	return subjectaltname === undefined ? 'the certificate has no subject alternative name' : null;
}
