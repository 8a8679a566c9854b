/**
 * `quorate import`: a snapshot of etcd's becomes a data directory. The identity is written last: a directory that an import left half done has data
 * and no identity, and no member starts on it.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DataDirectory, openDataDirectory } from '../adapters/data-directory.ts';
import { importSnapshot, inspectSnapshot, type Progress, type SnapshotStatus } from '../adapters/etcd-import.ts';
import { EtcdSnapshotFile } from '../adapters/etcd-snapshot-file.ts';
import { FatalError } from '../base/fatal.ts';
import { BboltFileReader } from '../bbolt/file-reader.ts';
import { foundCluster } from '../runtime/founding.ts';
import { endWithCode, writeLine } from './end.ts';
import { type ImportArguments, readImportArguments } from './import-arguments.ts';

const PROGRESS_MILLISECONDS = 2_000;
/** What an import makes before the identity. */
const MADE = ['store', 'spool', 'log', 'journal'];

export async function runImport(argv: readonly string[]): Promise<void> {
	const wanted = readImportArguments(argv);
	switch (wanted.kind) {
		case 'help':
			process.stdout.write(wanted.text);
			return;
		case 'error':
			return endWithCode(wanted.exitCode, wanted.line);
		case 'import':
			return importFile(wanted);
	}
}

async function importFile(wanted: Extract<ImportArguments, { kind: 'import' }>): Promise<void> {
	const file = new EtcdSnapshotFile(wanted.file);
	try {
		if (!wanted.skipHashCheck) {
			file.verifyDigest();
		}
		const reader = openReader(wanted.file, file);
		const status = named(wanted.file, () => inspectSnapshot(reader, reporter('checked')));
		const taken = wanted.withoutAuth ? { ...status, auth: null } : status;
		const revision = await makeDirectory(wanted, reader, taken);
		process.stdout.write(summary(wanted, taken, revision));
	} finally {
		file.close();
	}
}

async function makeDirectory(
	{ config, file }: Extract<ImportArguments, { kind: 'import' }>,
	reader: BboltFileReader,
	status: SnapshotStatus,
): Promise<number> {
	const { name, initialClusterToken, dataDir } = config;
	const directory = await openDataDirectory({ path: dataDir, name, initialClusterToken });
	try {
		if (directory.identity !== null) {
			throw new FatalError('data_dir_unusable', `--data-dir=${dataDir}: it must be empty, and holds the member "${directory.identity.name}"`);
		}
		const founding = foundCluster(config, (bytes) => createHash('sha1').update(bytes).digest());
		const report = reporter('imported');
		const revision = orUndo(directory, () =>
			named(file, () =>
				importSnapshot(reader, { dataDirectory: directory.path, founding: founding.body, auth: status.auth }, (done) => report(done, status.records)),
			),
		);
		directory.writeIdentity({ memberId: founding.memberId, clusterId: founding.clusterId, name, initialClusterToken, slot: founding.slot });
		return revision;
	} finally {
		await directory.close();
	}
}

/** What was made of a file that failed after all goes, so that the import can be tried again. */
function orUndo<T>(directory: DataDirectory, work: () => T): T {
	try {
		return work();
	} catch (error) {
		for (const name of MADE) {
			rmSync(join(directory.path, name), { recursive: true, force: true });
		}
		throw error;
	}
}

function openReader(path: string, file: EtcdSnapshotFile): BboltFileReader {
	return named(path, () => new BboltFileReader(file));
}

/** The format's own words name the page; these, the file. */
function named<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof FatalError && error.reason === 'snapshot_unusable' && !error.message.startsWith(path)) {
			throw new FatalError('snapshot_unusable', `${path}: ${error.message}`, { cause: error });
		}
		throw error;
	}
}

/** A line now and then, on standard error. */
function reporter(what: string): Progress {
	let last = performance.now();
	return (done, of) => {
		const now = performance.now();
		if (now - last >= PROGRESS_MILLISECONDS) {
			last = now;
			writeLine(`quorate: ${what} ${done.toLocaleString('en')} ${of === 0 ? '' : `of ${of.toLocaleString('en')} `}records`);
		}
	};
}

function summary({ config }: Extract<ImportArguments, { kind: 'import' }>, status: SnapshotStatus, revision: number): string {
	const { hash, totalKeys, records, leases, auth } = status;
	return `Imported revision ${revision}: ${records} records of keys, ${leases} leases, into ${config.dataDir}
${auth === null ? '' : accessLine(auth)}The file, as etcdctl snapshot status says it: hash ${hash.toString(16)}, revision ${status.revision}, total keys ${totalKeys}
Start the member with --name ${config.name} --data-dir ${config.dataDir} and the URLs of its cluster.
`;
}

function accessLine({ enabled, users, roles }: NonNullable<SnapshotStatus['auth']>): string {
	return `${users.length} users and ${roles.length} roles; authentication is ${enabled ? 'on' : 'off'}\n`;
}
