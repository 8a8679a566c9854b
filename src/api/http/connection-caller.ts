/** Who is at the other end of a connection, as far as the connection itself tells: for limits, logs and names by certificate. Not who he says he is: api/access. */

/** As it is, IPv4 without the prefix that a listener for both gives it: one caller is to count as one, whichever way he comes. */
export function addressOf({ remoteAddress = '' }: { readonly remoteAddress?: string | undefined }): string {
	return remoteAddress.replace(/^::ffff:/, '');
}

/** Of several names in one certificate the last counts, as in Go. Null: none, or an empty one. */
export function commonNameOf({ subject }: { readonly subject?: unknown }): string | null {
	const names = (subject as { readonly CN?: string | readonly string[] } | undefined)?.CN;
	const name = typeof names === 'string' ? names : names?.at(-1);
	return name === undefined || name === '' ? null : name;
}
