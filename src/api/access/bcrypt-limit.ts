/** bcrypt sees no further than 72 bytes; what is longer is refused and not cut, as newer builds of etcd do. Used where passwords of v3 and of v2 are set. */
const PASSWORD_BYTES_MAX = 72;

export function isTooLongToHash(password: string): boolean {
	return Buffer.byteLength(password, 'utf8') > PASSWORD_BYTES_MAX;
}
