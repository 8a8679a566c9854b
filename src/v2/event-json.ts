/**
 * The JSON bodies of the v2 API, as Go's encoder prints etcd's structs: field order, omitted zeros, a newline at the end.
 * Pure text; the status and the headers are response-codec.ts and api/v2.
 */
import { V2_ERRORS } from './errors.ts';
import type { NodeFace, V2Event, V2Failure } from './event.ts';
import { goJsonEscape, goJsonString } from './go-json.ts';
import { goTime, ttlSeconds } from './go-time.ts';

/** quiet (noValueOnSuccess) leaves the action alone. */
export function eventJson(event: V2Event, quiet: boolean): string {
	if (quiet) {
		return `{"action":"${event.action}"}\n`;
	}
	const prevNode = event.prevNode === null ? '' : `,"prevNode":${faceJson(event.prevNode, event.now)}`;
	return `{"action":"${event.action}","node":${faceJson(event.node, event.now)}${prevNode}}\n`;
}

export function failureJson(failure: V2Failure): string {
	const { code, message } = V2_ERRORS[failure.error];
	const cause = failure.cause.length === 0 ? '' : `,"cause":${goJsonString(failure.cause)}`;
	return `{"errorCode":${code},"message":"${message}"${cause},"index":${failure.index}}\n`;
}

function faceJson(face: NodeFace, now: number): string {
	return nodeHead(goJsonEscape(face.path), face, now) + nodeTail(face);
}

/** What comes before the children: "{" with key, value, dir, and how long it lives, as seen at the time now. */
export function nodeHead(escapedPath: string, face: NodeFace, now: number): string {
	const fields: string[] = [];
	if (escapedPath !== '') {
		fields.push(`"key":"${escapedPath}"`);
	}
	if (face.value !== null) {
		fields.push(`"value":${goJsonString(face.value)}`);
	}
	if (face.directory) {
		fields.push('"dir":true');
	}
	if (face.expiration !== 0) {
		const seconds = ttlSeconds(face.expiration, now);
		fields.push(`"expiration":"${goTime(face.expiration)}"`);
		if (seconds !== 0) {
			fields.push(`"ttl":${seconds}`);
		}
	}
	return `{${fields.join(',')}`;
}

/** What comes after them: the indices and "}". Every node has something in its head; the root has no indices. */
export function nodeTail(face: NodeFace): string {
	const modified = face.modifiedIndex === 0 ? '' : `,"modifiedIndex":${face.modifiedIndex}`;
	const created = face.createdIndex === 0 ? '' : `,"createdIndex":${face.createdIndex}`;
	return `${modified}${created}}`;
}
