/** Large answers by HTTP/1.1 that are on their way, counted by the address that asked for them. Implemented by adapters/http1-loads.ts, used by api/gateway. */

/** What an answer goes out by: a response, or a WebSocket. */
export interface AnswerWay {
	once(event: 'close', listener: () => void): unknown;
}

/** Of one connection. */
export interface AnswerLoad {
	/** Too many are on their way to its address: another one had better wait. */
	readonly isFull: boolean;
	/** An answer of so many bytes is on its way until that way is closed. */
	carry(bytes: number, way: AnswerWay): void;
}
