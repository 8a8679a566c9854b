/** Why a request about users and roles of the v2 API is refused: etcd's statuses and words. Built and printed in this folder. */
import { concatBytes } from '../../base/bytes.ts';
import { goJsonString } from '../go-json.ts';

const encoder = new TextEncoder();

export class V2AuthError {
	readonly status: number;
	readonly message: Uint8Array;

	/** A name stands between two pieces of text, since its bytes need not be UTF-8. */
	constructor(status: number, before: string, name: Uint8Array | string = '', after = '') {
		this.status = status;
		this.message = concatBytes([encoder.encode(`auth: ${before}`), typeof name === 'string' ? encoder.encode(name) : name, encoder.encode(after)]);
	}
}

export function printMessage(message: Uint8Array): string {
	return `{"message":${goJsonString(message)}}`;
}
