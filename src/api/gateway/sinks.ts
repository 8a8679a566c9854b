/** Where a call's answers go: one for each way to write them. Used by gateway-call.ts. */
import type { ServerResponse } from 'node:http';
import { GRPC } from '../../base/codes.ts';
import { type Failure, failureBody, failureHeaders, failureLine, httpStatusOf } from './failures.ts';

export interface Sink {
	/** One message of the answer, as JSON and as it came from the handler. False: it is not taken at the moment. */
	message(json: string, bytes: Uint8Array): boolean;
	/** No message comes after it. Nothing is said after that. */
	end(failure: Failure): void;
}

export const JSON_TYPE: Readonly<Record<string, string>> = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' };
const OF_GRPC = { 'Grpc-Metadata-Content-Type': 'application/grpc' };

/** The one message is the body. */
export class BodySink implements Sink {
	readonly #response: ServerResponse;

	constructor(response: ServerResponse) {
		this.#response = response;
	}

	message(json: string): boolean {
		if (!this.#response.headersSent) {
			this.#response.writeHead(200, { ...JSON_TYPE, ...OF_GRPC, 'Content-Length': Buffer.byteLength(json) }).end(json);
		}
		return true;
	}

	/** Its length is not known: headers now, text as it is made, and `end` without a failure. False: wait for `drain`. */
	part(text: string): boolean {
		if (!this.#response.headersSent) {
			this.#response.writeHead(200, { ...JSON_TYPE, ...OF_GRPC });
		}
		return this.#response.write(text);
	}

	end(failure: Failure): void {
		if (failure.status === GRPC.ok) {
			this.#response.end();
		} else if (!this.#response.headersSent) {
			sendFailure(this.#response, httpStatusOf(failure.status), failure);
		} else if (!this.#response.writableEnded) {
			this.#response.destroy();
		}
	}
}

/** A line for each message: `{"result":...}`, and at the end `{"error":...}` if there is one. */
export class LinesSink implements Sink {
	readonly #response: ServerResponse;

	constructor(response: ServerResponse) {
		this.#response = response;
	}

	message(json: string): boolean {
		if (!this.#response.headersSent) {
			this.#response.writeHead(200, { ...JSON_TYPE, ...OF_GRPC });
		}
		return this.#response.write(`{"result":${json}}\n`);
	}

	end(failure: Failure): void {
		if (!this.#response.headersSent) {
			this.#response.writeHead(httpStatusOf(failure.status), { ...JSON_TYPE, ...failureHeaders(failure) });
		}
		this.#response.end(failure.status === GRPC.ok ? '' : `${failureLine(failure)}\n`);
	}
}

export function sendFailure(response: ServerResponse, status: number, failure: Failure): void {
	const body = failureBody(failure);
	response.writeHead(status, { ...JSON_TYPE, ...failureHeaders(failure), 'Content-Length': Buffer.byteLength(body) }).end(body);
}
