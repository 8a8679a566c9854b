/**
 * Maintenance.Downgrade (reference/etcd-surface.md 2.9 and 7.8). There is no lower version whose data this one could leave behind, so that no target is
 * one to go to, and there is never a job to cancel; etcd's words for both. Put together in maintenance-service.ts.
 */
import { CODES } from '../../base/codes.ts';
import type { RpcMethod } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { failMalformed, failWithCode } from './service-context.ts';

const { DowngradeRequest } = etcdserverpb;
/** etcd takes 3.6 as well as 3.6.0. */
const VERSION = /^\d{1,9}\.\d{1,9}(\.\d{1,9})?$/;

export const downgradeMethod: RpcMethod = {
	shape: 'unary',
	handle: (request, call) => {
		const asked = decode(request);
		if (asked === null) {
			failMalformed(call);
		} else if (asked.action === DowngradeRequest.DowngradeAction.CANCEL) {
			failWithCode(call, CODES.no_inflight_downgrade.code);
		} else {
			failWithCode(call, VERSION.test(asked.version) ? CODES.invalid_downgrade_target.code : CODES.wrong_downgrade_format.code);
		}
	},
};

function decode(request: Uint8Array): { readonly action: number; readonly version: string } | null {
	try {
		return DowngradeRequest.decode(request);
	} catch {
		return null;
	}
}
