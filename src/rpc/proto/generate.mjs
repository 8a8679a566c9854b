/** Build step: the .proto files beside this one become src/rpc/generated/messages.js and its types. Run by `npm run generate`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '..', 'generated');
const require = createRequire(import.meta.url);
const pbjs = require('protobufjs-cli/pbjs.js');
const pbts = require('protobufjs-cli/pbts.js');
const protos = ['kv.proto', 'auth.proto', 'rpc.proto', 'v3lock.proto', 'v3election.proto', 'health.proto'].map((name) => join(here, name));

mkdirSync(target, { recursive: true });
const script = join(target, 'messages.js');
const options = [
	'-t',
	'static-module',
	'-w',
	'es6',
	'--es6',
	'--keep-case',
	'--force-long',
	'--no-create',
	'--no-verify',
	'--no-convert',
	'--no-delimited',
	'--no-service',
	'-p',
	here,
];
await run(pbjs, [...options, '-o', script, ...protos]);
const types = join(target, 'messages.d.ts');
await run(pbts, ['-o', types, script]);
writeFileSync(
	script,
	readFileSync(script, 'utf8').replace(/import \* as (\$protobuf) from "protobufjs\/minimal";/, 'import $1 from "protobufjs/minimal.js";'),
);
writeFileSync(types, readFileSync(types, 'utf8').replace(/from "protobufjs"/, 'from "protobufjs"'));
await import('./generate-schema.mjs');

function run(tool, args) {
	return new Promise((resolve, reject) => tool.main(args, (error, output) => (error ? reject(error) : resolve(output))));
}
