/** GET /version: what etcd's clients and people ask first (reference/etcd-surface.md 6.1). */
import { ETCD_API_VERSION, ETCD_CLUSTER_VERSION, ETCD_STORAGE_VERSION } from '../../base/version.ts';
import { allowOnly, type HttpRoute, sendJson } from './router.ts';

const BODY = JSON.stringify({ etcdserver: ETCD_API_VERSION, etcdcluster: ETCD_CLUSTER_VERSION, storage: ETCD_STORAGE_VERSION });

export const versionRoute: HttpRoute = {
	path: '/version',
	handle: (request, response) => {
		if (allowOnly('GET', request, response)) {
			sendJson(response, 200, BODY);
		}
	},
};
