/** Which quorate this is, and which etcd its APIs follow. A test holds the first to package.json. */
export const QUORATE_VERSION = '0.1.0';
/** The level of etcd's v3 API that is spoken: what Status and /version report, since clients decide by it. */
export const ETCD_API_VERSION = '3.7.0';
/** The cluster's level and the storage's, as etcd prints them. */
export const ETCD_CLUSTER_VERSION = '3.7.0';
export const ETCD_STORAGE_VERSION = '3.7.0';
