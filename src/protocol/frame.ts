/**
 * MessagePack frames between threads: all that one actor says to another in one turn, as `[version, [tag, field, ...], ...]`.
 * The only importer of msgpackr. Trusted input only: peers and clients never reach this decoder.
 */
import { Packr, Unpackr } from 'msgpackr';
import { assert } from '../base/assert.ts';
import { ACTOR_FRAME_BYTES_MAX } from '../base/limits.ts';
import type { AnyMessage, Kind } from './routes.ts';
import { WIRE } from './wire.ts';

const VERSION = 1;
/** No records and no structured clone: both let a frame define what later frames mean. */
const OPTIONS = { useRecords: false, structuredClone: false, moreTypes: false, variableMapSize: true } as const;

interface Shape {
	readonly kind: Kind;
	readonly tag: number;
	readonly fields: readonly string[];
}

const SHAPES = Object.entries(WIRE).map(([kind, row]): Shape => ({ kind: kind as Kind, tag: row.tag, fields: row.fields }));
const BY_KIND: ReadonlyMap<Kind, Shape> = new Map(SHAPES.map((shape) => [shape.kind, shape]));
const BY_TAG: readonly (Shape | undefined)[] = SHAPES.reduce<(Shape | undefined)[]>((table, shape) => {
	assert(table[shape.tag] === undefined, () => `wire tag ${shape.tag} is used twice`);
	table[shape.tag] = shape;
	return table;
}, []);

const packr = new Packr(OPTIONS);
const unpackr = new Unpackr(OPTIONS);

/** The messages, in order, in an ArrayBuffer of its own: it may be transferred without touching the encoder's arena. */
export function encodeFrame(messages: readonly AnyMessage[]): ArrayBuffer {
	assert(messages.length > 0, 'a frame holds at least one message');
	const rows: unknown[] = [VERSION];
	for (const message of messages) {
		const shape = BY_KIND.get(message.kind);
		assert(shape !== undefined, () => `no wire row for ${message.kind}`);
		const row: unknown[] = [shape.tag];
		const values = message as unknown as Readonly<Record<string, unknown>>;
		for (const field of shape.fields) {
			row.push(values[field]);
		}
		rows.push(row);
	}
	const packed = packr.pack(rows);
	assert(packed.length <= ACTOR_FRAME_BYTES_MAX, () => `a frame of ${packed.length} bytes`);
	return packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length) as ArrayBuffer;
}

/** The inverse. Byte fields are views of the frame: what outlives the turn by far should be copied. */
export function decodeFrame(frame: ArrayBuffer): AnyMessage[] {
	const rows = unpackr.unpack(new Uint8Array(frame)) as readonly [number, ...(readonly unknown[])[]];
	assert(rows[0] === VERSION, () => `frame version ${String(rows[0])}`);
	const messages: AnyMessage[] = [];
	for (let i = 1; i < rows.length; i++) {
		messages.push(decodeRow(rows[i] as readonly unknown[]));
	}
	return messages;
}

function decodeRow(row: readonly unknown[]): AnyMessage {
	const shape = BY_TAG[row[0] as number];
	assert(shape !== undefined, () => `unknown wire tag ${String(row[0])}`);
	assert(row.length === shape.fields.length + 1, () => `${shape.kind} with ${row.length - 1} fields`);
	const message: Record<string, unknown> = { kind: shape.kind };
	for (let i = 0; i < shape.fields.length; i++) {
		message[shape.fields[i] as string] = row[i + 1];
	}
	return message as unknown as AnyMessage;
}
