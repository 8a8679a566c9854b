/** What the other side has said of itself in SETTINGS (RFC 9113, 6.5), checked. Used by adapters/h2-connection.ts. */
import { H2_SETTINGS_MAX } from '../base/limits.ts';
import { FRAME_BYTES_MAX, H2_ERROR, H2ConnectionError, readUint32, SETTING, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from './frames.ts';

export interface PeerSettings {
	readonly headerTableBytes: number;
	readonly initialWindowBytes: number;
}

export const PEER_SETTINGS_DEFAULT: PeerSettings = {
	headerTableBytes: 4_096,
	initialWindowBytes: WINDOW_BYTES_DEFAULT,
};

const FRAME_BYTES_LIMIT = 2 ** 24 - 1;
const PAIR_BYTES = 6;

/** The settings after the frame whose payload is bytes[lo, hi). */
export function changeSettings(before: PeerSettings, bytes: Uint8Array, lo: number, hi: number): PeerSettings {
	if ((hi - lo) % PAIR_BYTES !== 0) {
		throw new H2ConnectionError(H2_ERROR.frameSize, `SETTINGS of ${hi - lo} bytes`);
	}
	if ((hi - lo) / PAIR_BYTES > H2_SETTINGS_MAX) {
		throw new H2ConnectionError(H2_ERROR.enhanceYourCalm, 'too_many_settings');
	}
	let settings = before;
	for (let at = lo; at < hi; at += PAIR_BYTES) {
		settings = changeOne(settings, ((bytes[at] as number) << 8) | (bytes[at + 1] as number), readUint32(bytes, at + 2));
	}
	return settings;
}

function changeOne(settings: PeerSettings, id: number, value: number): PeerSettings {
	switch (id) {
		case SETTING.headerTableSize:
			return { ...settings, headerTableBytes: value };
		case SETTING.enablePush:
			if (value > 1) {
				throw new H2ConnectionError(H2_ERROR.protocol, `SETTINGS_ENABLE_PUSH is ${value}`);
			}
			return settings;
		case SETTING.initialWindowSize:
			if (value > WINDOW_BYTES_MAX) {
				throw new H2ConnectionError(H2_ERROR.flowControl, `SETTINGS_INITIAL_WINDOW_SIZE is ${value}`);
			}
			return { ...settings, initialWindowBytes: value };
		case SETTING.maxFrameSize:
			if (value < FRAME_BYTES_MAX || value > FRAME_BYTES_LIMIT) {
				throw new H2ConnectionError(H2_ERROR.protocol, `SETTINGS_MAX_FRAME_SIZE is ${value}`);
			}
			// Ours are never larger than the least that this may be: answers take turns.
			return settings;
		default:
			// Unknown ones are to be ignored; how many streams or headers a client takes does not concern a server that pushes nothing.
			return settings;
	}
}
