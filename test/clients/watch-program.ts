/** A program of one raw Watch call and of writes, and what it saw as text without ids, so that two systems can be compared. Used by v3-watch.test.ts. */
import { Client, credentials } from '@grpc/grpc-js';
import type { Member } from '../support/member.ts';
import { type WatchAnswer, WatchStreamClient } from '../support/watch-stream.ts';

const BIG_MESSAGE = 64 * 2 ** 20;

export class WatchProgram {
	readonly member: Member;
	readonly seen: string[] = [];
	readonly #client: Client;
	readonly #streams: WatchStreamClient[] = [];

	constructor(member: Member) {
		this.member = member;
		this.#client = new Client(new URL(member.clientUrl).host, credentials.createInsecure(), {
			'grpc.use_local_subchannel_pool': 1,
			'grpc.max_receive_message_length': BIG_MESSAGE,
		});
	}

	open(headers: Readonly<Record<string, string>> = {}): WatchStreamClient {
		const stream = new WatchStreamClient(this.#client, headers);
		this.#streams.push(stream);
		return stream;
	}

	/** Notes the next responses of the stream. */
	async note(stream: WatchStreamClient, count = 1): Promise<void> {
		for (let i = 0; i < count; i++) {
			this.seen.push(showAnswer(await stream.next()));
		}
	}

	/** The revision that it made. */
	put(key: string, value: string): Promise<number> {
		return this.member.client.put(key, value);
	}

	close(): void {
		for (const stream of this.#streams) {
			stream.cancel();
		}
		this.#client.close();
	}
}

export function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

/** The key after every key that begins so. */
export function prefixEnd(text: string): Uint8Array {
	const end = bytes(text);
	end[end.length - 1] = (end.at(-1) ?? 0) + 1;
	return end;
}

export function showAnswer(answer: WatchAnswer): string {
	const { header, watch_id, created, canceled, compact_revision, cancel_reason, fragment, events } = answer;
	const facts = [
		`revision ${header?.revision}`,
		`watch ${watch_id}`,
		created ? 'created' : '',
		canceled ? 'canceled' : '',
		compact_revision.isZero() ? '' : `compacted ${compact_revision}`,
		cancel_reason === '' ? '' : JSON.stringify(cancel_reason),
		fragment ? 'fragment' : '',
		...events.map(({ type, kv, prev_kv }) => `${type === 1 ? 'DELETE' : 'PUT'} ${showKv(kv)}${prev_kv ? ` before ${showKv(prev_kv)}` : ''}`),
	];
	return facts.filter((fact) => fact !== '').join(' · ');
}

function showKv(kv: WatchAnswer['events'][number]['kv']): string {
	const value = Buffer.from(kv?.value ?? []).toString();
	const shown = value.length > 20 ? `${value.length} bytes` : value;
	return `${Buffer.from(kv?.key ?? []).toString()}=${shown} (${kv?.create_revision} ${kv?.mod_revision} ${kv?.version} ${kv?.lease})`;
}
