/** A process that appends to a log on LMDB (in the directory named by its argument) for ever, and says on stdout each last index that is durable. */
import { writeSync } from 'node:fs';
import type { Index } from '../../src/base/brand.ts';
import { batch, openLmdbLog } from './log-fixtures.ts';

const log = openLmdbLog(process.argv[2] ?? '');
for (let last = log.contents().last; ; ) {
	log.append([batch({ first: last + 1, terms: [1, 1, 1], commit: last })]);
	last = log.contents().last;
	if (last % 30 === 0) {
		log.compact((last - 20) as Index);
	}
	writeSync(1, `${last}\n`);
}
