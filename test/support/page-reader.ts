/** A process of its own that takes what open dashboards take, and does nothing with it but count: run by page-readers.ts. Its words are addresses; it answers any message with the bytes of each. */
import { request } from 'node:http';

const bytes = process.argv.slice(2).map((url, i) => {
	const call = request(url, { agent: false }, (response) => {
		response.on('data', (part: Buffer) => {
			bytes[i] = (bytes[i] ?? 0) + part.length;
		});
	});
	call.on('error', (error) => {
		throw error;
	});
	call.end();
	return 0;
});

process.on('message', () => process.send?.(bytes));
