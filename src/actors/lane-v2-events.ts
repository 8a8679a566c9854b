/** Events of the v2 keyspace as watchers are told of them, each printed once while it is new. Used by lane-v2-watches.ts. */
import type { ReadView } from '../base/engine.ts';
import { V2_WATCH_PRINTED_BYTES_MAX, V2_WATCH_PRINTED_MAX } from '../base/limits.ts';
import type { V2WatchEvent } from '../ports/v2-watches.ts';
import type { V2Event } from '../v2/event.ts';
import { eventJson } from '../v2/event-json.ts';
import { splitPath } from '../v2/path.ts';
import { walk } from '../v2/walk.ts';

const encoder = new TextEncoder();

export class LaneV2Events {
	/** The newest that were asked for: those whom an event has woken come back and ask for the next one, all at once. */
	readonly #printed = new Map<number, V2WatchEvent>();

	print(event: V2Event): V2WatchEvent {
		const known = this.#printed.get(event.index);
		if (known !== undefined) {
			return known;
		}
		const { index, action } = event;
		const printed = { index, action, json: encoder.encode(eventJson(event, false)) };
		if (printed.json.length <= V2_WATCH_PRINTED_BYTES_MAX) {
			this.#printed.set(index, printed);
			const [oldest] = this.#printed.keys();
			if (this.#printed.size > V2_WATCH_PRINTED_MAX && oldest !== undefined) {
				this.#printed.delete(oldest);
			}
		}
		return printed;
	}

	isThere(view: ReadView, path: Uint8Array): boolean {
		return walk(view, splitPath(path), 0).ok;
	}
}
