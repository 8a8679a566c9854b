/** The event stream of the dashboard, as the page reads it. */
import type { ClusterState } from '../../src/ports/dashboard-state.ts';
import type { Member } from './member.ts';

/** The next state that the member's stream tells. */
export async function nextState(member: Member): Promise<ClusterState> {
	const stop = new AbortController();
	const response = await fetch(`${member.clientUrl}/dashboard/events`, { signal: stop.signal });
	let text = '';
	for await (const chunk of response.body ?? []) {
		text += Buffer.from(chunk).toString('utf8');
		if (text.includes('\n\n')) {
			break;
		}
	}
	stop.abort();
	return JSON.parse(text.slice('data: '.length, text.indexOf('\n\n'))) as ClusterState;
}

/** A page that is open: hears the states until it is closed. */
export class OpenStream {
	latest: ClusterState | null = null;
	bytes = 0;
	readonly #stop = new AbortController();
	readonly #done: Promise<void>;

	constructor(member: Member) {
		this.#done = this.#read(member);
	}

	async close(): Promise<void> {
		this.#stop.abort();
		await this.#done;
	}

	async #read({ clientUrl }: Member): Promise<void> {
		try {
			const response = await fetch(`${clientUrl}/dashboard/events`, { signal: this.#stop.signal });
			let text = '';
			for await (const chunk of response.body ?? []) {
				this.bytes += chunk.length;
				text += Buffer.from(chunk).toString('utf8');
				const end = text.lastIndexOf('\n\n');
				if (end !== -1) {
					const begin = text.lastIndexOf('data: ', end);
					this.latest = JSON.parse(text.slice(begin + 'data: '.length, end)) as ClusterState;
					text = text.slice(end + 2);
				}
			}
		} catch (error) {
			if (!this.#stop.signal.aborted) {
				throw error;
			}
		}
	}
}
