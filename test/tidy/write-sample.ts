/** Writes config/default.yml from the option table; part of `npm run fix`. The tidy test compares. */
import { writeFileSync } from 'node:fs';
import { sampleText } from '../../src/config/sample.ts';

writeFileSync(new URL('../../config/default.yml', import.meta.url), sampleText());
