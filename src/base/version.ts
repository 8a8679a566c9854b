/** What --version, /version and the member's status say. The CHANGELOG names the same version (a tidy test compares). */
export const QUORATE_VERSION = '0.1.0';
/** The level of etcd's API that quorate speaks. */
export const ETCD_API_VERSION = '3.7.0';
