/** PUT /config/local/log of etcd up to 3.4: changes how much this member logs, until it ends (reference/etcd-surface.md 1.1). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LogLevel } from '../../ports/logger.ts';
import { type HttpRoute, sendJson, sendText } from './router.ts';

const BODY_BYTES_MAX = 4_096;
/** The names that etcd's logger had, and its short ones; what it tells apart and quorate does not is rounded towards more lines. */
const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
	...spelled('fatal', 'CRITICAL', 'C', 'FATAL'),
	...spelled('error', 'ERROR', '0', 'E'),
	...spelled('warn', 'WARNING', '1', 'W', 'WARN'),
	...spelled('info', 'NOTICE', '2', 'N', 'INFO', '3', 'I'),
	...spelled('debug', 'DEBUG', '4', 'D', 'TRACE', '5', 'T'),
]);

export function logLevelRoute(setLevel: (level: LogLevel) => void): HttpRoute {
	return {
		path: '/config/local/log',
		handle: (request, response) => {
			if (request.method !== 'PUT') {
				request.resume();
				sendText(response, 405, 'Method Not Allowed\n', { Allow: 'PUT' });
				return;
			}
			readShort(request, (text) => answer(response, text, setLevel));
		},
	};
}

function answer(response: ServerResponse, text: string | null, setLevel: (level: LogLevel) => void): void {
	const wanted = text === null ? null : levelIn(text);
	if (wanted === null) {
		sendJson(response, 400, '{"message":"Invalid json body"}');
		return;
	}
	const level = LEVELS.get(wanted.toUpperCase());
	if (level === undefined) {
		sendJson(response, 400, JSON.stringify({ message: `Invalid log level ${wanted}` }));
		return;
	}
	setLevel(level);
	response.writeHead(204).end();
}

/** null: the text is no object of JSON, or its level no text. */
function levelIn(text: string): string | null {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value !== 'object' || value === null) {
			return null;
		}
		// Go finds a field whatever the case of its letters.
		const level: unknown = Object.entries(value).find(([name]) => name.toLowerCase() === 'level')?.[1] ?? '';
		return typeof level === 'string' ? level : null;
	} catch {
		return null;
	}
}

function readShort(request: IncomingMessage, done: (text: string | null) => void): void {
	const chunks: Buffer[] = [];
	let bytes = 0;
	request.on('data', (chunk: Buffer) => {
		bytes += chunk.length;
		if (bytes <= BODY_BYTES_MAX) {
			chunks.push(chunk);
		}
	});
	request.on('end', () => done(bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks).toString('utf8') : null));
}

function spelled(level: LogLevel, ...names: readonly string[]): readonly (readonly [string, LogLevel])[] {
	return names.map((name) => [name, level]);
}
