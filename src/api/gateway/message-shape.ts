/** What the JSON codec knows of each protobuf message: made once from the generated schema. Used by from-json.ts and to-json.ts. */
import { assert } from '../../base/assert.ts';
import { enums, type FieldRow, messages } from '../../rpc/generated/schema.js';

export type ScalarType = 'bytes' | 'string' | 'bool' | 'int64' | 'uint64' | 'int32' | 'uint32';

export interface EnumShape {
	readonly numbers: ReadonlyMap<string, number>;
	readonly names: ReadonlyMap<number, string>;
}

interface FieldBase {
	/** As the .proto has it, which is also how it is printed. */
	readonly name: string;
	/** Its place in the message, as a bit: for what was seen already. */
	readonly bit: number;
	/** Its own bit, or those of its whole oneof. */
	readonly exclusive: number;
	readonly isInOneof: boolean;
	readonly at: number;
	readonly repeated: boolean;
	/** Field number and wire type. */
	readonly tag: number;
}

export type FieldShape = FieldBase &
	(
		| { readonly kind: 'scalar'; readonly type: ScalarType }
		| { readonly kind: 'enum'; readonly values: EnumShape }
		| { readonly kind: 'message'; readonly message: () => MessageShape }
	);

export interface MessageShape {
	readonly name: string;
	/** In the order in which they are printed. */
	readonly fields: readonly FieldShape[];
	/** By the .proto's name and by the camel-case one. */
	readonly byName: ReadonlyMap<string, FieldShape>;
	readonly byNumber: ReadonlyMap<number, FieldShape>;
}

const VARINT = 0;
const DELIMITED = 2;
const FIELDS_MAX = 30;
const SCALARS: ReadonlySet<string> = new Set(['bytes', 'string', 'bool', 'int64', 'uint64', 'int32', 'uint32']);

const shapes = new Map<string, MessageShape>();
const enumShapes = new Map(Object.entries(enums).map(([name, values]) => [name, enumShape(values)]));
for (const [name, rows] of Object.entries(messages)) {
	shapes.set(name, makeShape(name, rows));
}

/** Full names: `etcdserverpb.RangeRequest`. */
export function shapeOf(name: string): MessageShape {
	const shape = shapes.get(name);
	assert(shape !== undefined, `no message ${name} is in the schema`);
	return shape;
}

function enumShape(values: Readonly<Record<string, number>>): EnumShape {
	const pairs = Object.entries(values);
	return { numbers: new Map(pairs), names: new Map(pairs.map(([name, number]) => [number, name])) };
}

function makeShape(name: string, rows: readonly FieldRow[]): MessageShape {
	assert(rows.length <= FIELDS_MAX, `${name} has more fields than bits of a number`);
	const fields = rows.map((row, at) => makeField(row, at, rows));
	const byName = new Map<string, FieldShape>();
	for (const field of fields) {
		byName.set(camelCase(field.name), field);
		byName.set(field.name, field);
	}
	return { name, fields, byName, byNumber: new Map(fields.map((field) => [field.tag >>> 3, field])) };
}

function makeField(row: FieldRow, at: number, rows: readonly FieldRow[]): FieldShape {
	const { name, type, repeated, oneof } = row;
	const bit = 1 << at;
	const exclusive = oneof === null ? bit : rows.reduce((bits, other, i) => (other.oneof === oneof ? bits | (1 << i) : bits), 0);
	const base = (wireType: number): FieldBase => {
		return { name, bit, exclusive, isInOneof: oneof !== null, at, repeated, tag: (row.number << 3) | wireType };
	};
	if (isScalar(type)) {
		return { ...base(type === 'bytes' || type === 'string' ? DELIMITED : VARINT), kind: 'scalar', type };
	}
	const values = enumShapes.get(type);
	if (values !== undefined) {
		// Several enums come packed in one field.
		return { ...base(repeated ? DELIMITED : VARINT), kind: 'enum', values };
	}
	assert(type in messages, `${name} is of a type that the schema does not have: ${type}`);
	return { ...base(DELIMITED), kind: 'message', message: () => shapeOf(type) };
}

function isScalar(type: string): type is ScalarType {
	return SCALARS.has(type);
}

/** As protobuf derives JSON names: an underscore goes, and the letter behind it is raised. */
function camelCase(name: string): string {
	return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
