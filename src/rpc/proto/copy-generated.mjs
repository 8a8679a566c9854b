/** Build step: tsc emits no .js that it did not compile, so the generated module is copied beside the compiled code. */
import { cpSync } from 'node:fs';

cpSync(new URL('../generated/', import.meta.url), new URL('../../../dist/src/rpc/generated/', import.meta.url), { recursive: true });
