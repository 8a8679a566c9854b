/** Attacks with connections, TLS and HTTP/1.1: silence, slowness, numbers, and pages of other origins. */
import { type Attack, attack } from './attack.ts';

const MEBIBYTE = 2 ** 20;
const GET = 'GET /v2/keys/attacks?recursive=true HTTP/1.1\r\nHost: localhost\r\n\r\n';
const POLL = 'GET /v2/keys/nothing-comes?wait=true HTTP/1.1\r\nHost: localhost\r\n\r\n';
const REBOUND = 'PUT /v2/keys/rebound?value=1 HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\r\n';
/** A ClientHello's first bytes: the rest does not come. */
const HALF_HELLO = Buffer.from('16030100c8010000c40303', 'hex');

export const CONNECTION_ATTACKS: Readonly<Record<string, Attack>> = {
	'silent connections': attack({ threat: 'T7', connections: 3_000 }),
	'silent connections at the peer port': attack({ threat: 'T7', door: 'peer', connections: 1_500 }),
	'handshakes that stop': attack({ threat: 'T6', door: 'tls', connections: 1_000, hello: () => HALF_HELLO }),
	'headers that trickle': attack({
		threat: 'T7',
		connections: 1_000,
		hello: () => Buffer.from('GET /version HTTP/1.1\r\nHost: localhost\r\nX: '),
		more: () => Buffer.from('x'),
		everyMs: 200,
	}),
	'bodies that trickle': attack({
		threat: 'T7',
		connections: 1_000,
		hello: () => Buffer.from('PUT /v2/keys/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nvalue='),
		more: () => Buffer.from('x'),
		everyMs: 200,
	}),
	'long polls that do not wait for one another': attack({ threat: 'T12', connections: 500, hello: () => Buffer.from(POLL.repeat(30)) }),
	'floods of requests without waiting': attack({
		threat: 'T12',
		connections: 50,
		hello: () => Buffer.from(POLL.repeat(200)),
	}),
	'answers that are not read': attack({
		threat: 'T10',
		connections: 100,
		takesAnswers: false,
		hello: () => Buffer.from(GET.repeat(30)),
		// 512 MiB by HTTP/1.1, and until it is noticed what comes in a second.
		growthMaxBytes: 1_024 * MEBIBYTE,
	}),
	'pages of a rebound name': attack({ threat: 'T16', connections: 20, more: () => Buffer.from(REBOUND), everyMs: 10 }),
};
