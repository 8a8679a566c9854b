/** What a client of a TLS port trusts and shows, as node:tls takes it. */
export interface ClientTls {
	readonly ca: Buffer;
	readonly cert?: Buffer;
	readonly key?: Buffer;
}
