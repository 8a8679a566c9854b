/** A process that opens the data directory named by its arguments (path, name, lock kind), says so on stdout, and holds it until it is killed. */
import { openDataDirectory } from '../../src/adapters/data-directory.ts';
import type { LockKind } from '../../src/adapters/directory-lock.ts';

const [path = '', name = '', lockKind = ''] = process.argv.slice(2);
await openDataDirectory({ path, name, initialClusterToken: 'etcd-cluster', lockKind: lockKind as LockKind });
process.stdout.write('held\n');
setInterval(() => {}, 1_000);
