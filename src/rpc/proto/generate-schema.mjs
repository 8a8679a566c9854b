/** Build step: the fields of every message and the values of every enum as plain data, for the JSON gateway. Run by generate.mjs. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '..', 'generated');
const protobuf = createRequire(import.meta.url)('protobufjs');
const root = new protobuf.Root();
root.resolvePath = (_origin, path) => (path.startsWith('/') ? path : join(here, path));
root.loadSync(
	['rpc.proto', 'v3lock.proto', 'v3election.proto'].map((name) => join(here, name)),
	{ keepCase: true },
);
root.resolveAll();

const messages = {};
const enums = {};
visit(root);
const text = `/** Made by src/rpc/proto/generate-schema.mjs. */\nexport const messages = ${JSON.stringify(messages)};\nexport const enums = ${JSON.stringify(enums)};\n`;
writeFileSync(join(target, 'schema.js'), text);
writeFileSync(
	join(target, 'schema.d.ts'),
	`/** Made by src/rpc/proto/generate-schema.mjs. */
export interface FieldRow {
	readonly name: string;
	readonly number: number;
	/** A scalar of protobuf, or the full name of a message or an enum. */
	readonly type: string;
	readonly repeated: boolean;
	/** The oneof that it is part of, or null. */
	readonly oneof: string | null;
}
export const messages: Readonly<Record<string, readonly FieldRow[]>>;
export const enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
`,
);

function visit(scope) {
	for (const each of scope.nestedArray ?? []) {
		const name = each.fullName.slice(1);
		if (each instanceof protobuf.Enum) {
			enums[name] = each.values;
		} else if (each instanceof protobuf.Type) {
			messages[name] = each.fieldsArray.map((field) => ({
				name: field.name,
				number: field.id,
				type: field.resolvedType === null ? field.type : field.resolvedType.fullName.slice(1),
				repeated: field.repeated,
				oneof: field.partOf?.name ?? null,
			}));
		}
		visit(each);
	}
}
