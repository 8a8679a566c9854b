/** A name server over UDP that knows what a test tells it: SRV and A records; of all other names it says that there are none. Made from RFC 1035 and 2782. */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

export interface SrvRecord {
	readonly target: string;
	readonly port: number;
}

export interface DnsZone {
	readonly srv: Readonly<Record<string, readonly SrvRecord[]>>;
	/** IPv4 addresses. */
	readonly a: Readonly<Record<string, readonly string[]>>;
}

const TYPE_A = 1;
const TYPE_SRV = 33;
const HEADER_BYTES = 12;
const NAME_ERROR = 3;
const TTL_SECONDS = 5;

export class DnsServer {
	readonly #socket: Socket;
	readonly #zone: DnsZone;
	/** As asked, in lower case. */
	readonly asked: string[] = [];

	private constructor(socket: Socket, zone: DnsZone) {
		this.#socket = socket;
		this.#zone = zone;
		socket.on('message', (query, from) => socket.send(this.#answer(query), from.port, from.address));
	}

	static async start(zone: DnsZone): Promise<DnsServer> {
		const socket = createSocket('udp4');
		await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
		return new DnsServer(socket, zone);
	}

	get address(): string {
		return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
	}

	stop(): void {
		this.#socket.close();
	}

	#answer(query: Buffer): Buffer {
		const { name, end } = readName(query, HEADER_BYTES);
		const type = query.readUInt16BE(end);
		const question = query.subarray(HEADER_BYTES, end + 4);
		this.asked.push(name);
		const srv = this.#zone.srv[name] ?? [];
		const a = this.#zone.a[name] ?? [];
		const data = type === TYPE_SRV ? srv.map(srvData) : type === TYPE_A ? a.map(addressData) : [];
		const header = Buffer.alloc(HEADER_BYTES);
		query.copy(header, 0, 0, 2);
		header.writeUInt16BE(0x8580 | (srv.length + a.length === 0 ? NAME_ERROR : 0), 2);
		header.writeUInt16BE(1, 4);
		header.writeUInt16BE(data.length, 6);
		return Buffer.concat([header, question, ...data.map((each) => record(type, each))]);
	}
}

/** With a pointer to the question's name. */
function record(type: number, data: Buffer): Buffer {
	const head = Buffer.alloc(HEADER_BYTES);
	head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
	head.writeUInt16BE(type, 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt32BE(TTL_SECONDS, 6);
	head.writeUInt16BE(data.length, 10);
	return Buffer.concat([head, data]);
}

function srvData({ target, port }: SrvRecord): Buffer {
	const head = Buffer.alloc(6);
	head.writeUInt16BE(port, 4);
	return Buffer.concat([head, writeName(target)]);
}

function addressData(address: string): Buffer {
	return Buffer.from(address.split('.').map(Number));
}

function readName(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
	const labels: string[] = [];
	let at = start;
	for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
		labels.push(bytes.toString('latin1', at + 1, at + 1 + length).toLowerCase());
		at += 1 + length;
	}
	return { name: labels.join('.'), end: at + 1 };
}

function writeName(name: string): Buffer {
	return Buffer.concat([...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])), Buffer.from([0])]);
}
