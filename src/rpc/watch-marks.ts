/**
 * What can be told of an encoded etcdserverpb.WatchResponse without decoding it, which would cost as much as encoding it did. It relies on the
 * order of our own encoder: fields by their numbers. Used by actors/lane-watches.ts.
 */

const TAG_HEADER = 0x0a;
const TAG_WATCH_ID = 0x10;
const TAG_CREATED = 0x18;

/** The answer to a create request, which may be a refusal. */
export function isCreatedResponse(response: Uint8Array): boolean {
	let at = 0;
	if (response[at] === TAG_HEADER) {
		// A header is a few numbers: its length is one byte.
		at += 2 + (response[at + 1] as number);
	}
	if (response[at] === TAG_WATCH_ID) {
		at += 1;
		while ((response[at] as number) >= 0x80) {
			at += 1;
		}
		at += 1;
	}
	return response[at] === TAG_CREATED && response[at + 1] === 1;
}
