/** Maintenance.HashKV and Hash: checksums of this member's store, page after page, so that neither a lane nor a read transaction is held for long. */
import type { ReadView } from '../../base/engine.ts';
import { HashKv, type HashKvResult } from '../../mvcc/hash-kv.ts';
import { hashSmallTrees } from '../../mvcc/hash-small-trees.ts';
import type { RpcCall, UnaryMethod } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { encodeHashKvResponse } from '../../rpc/kv-responses.ts';
import { failMalformed, failWithCode, headerAt, headerMessage, type ServiceContext } from './service-context.ts';

const { HashKVRequest, HashResponse } = etcdserverpb;

/** Records hashed before the lane does something else: some milliseconds. */
const PAGE_RECORDS = 1_000;

export function hashKvMethod(context: ServiceContext): UnaryMethod {
	const handle: UnaryMethod['handle'] = (request, call) => {
		const revision = decodeRevision(request);
		if (revision === null) {
			failMalformed(call);
			return;
		}
		hashPage(context, new HashKv(revision), call, (result) => {
			call.succeed(encodeHashKvResponse(headerAt(context, result.revision), result));
		});
	};
	return { shape: 'unary', handle };
}

/** Of everything but what is this member's own: equal on members at the same revision. etcd's number is over its own file, and not this one. */
export function hashMethod(context: ServiceContext): UnaryMethod {
	const handle: UnaryMethod['handle'] = (_request, call) => {
		hashPage(context, new HashKv(0), call, (result, view) => {
			const header = headerMessage(context, result.revision);
			call.succeed(HashResponse.encode({ header, hash: hashSmallTrees(view, result.hash) }).finish());
		});
	};
	return { shape: 'unary', handle };
}

/** Each page is on a view of its own, with room for others in between. */
function hashPage(context: ServiceContext, hash: HashKv, call: RpcCall, done: (result: HashKvResult, view: ReadView) => void): void {
	if (call.isOver) {
		return;
	}
	const outcome = context.lane.reader.read((view) => {
		const page = hash.step(view, PAGE_RECORDS);
		if (page.kind === 'hash_kv') {
			done(page, view);
		}
		return page;
	});
	if (outcome.kind === 'more') {
		context.later(0, () => hashPage(context, hash, call, done));
	} else if (outcome.kind === 'refusal') {
		failWithCode(call, outcome.code);
	}
}

function decodeRevision(request: Uint8Array): number | null {
	try {
		return HashKVRequest.decode(request).revision.toNumber();
	} catch {
		return null;
	}
}
