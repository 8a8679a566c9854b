/**
 * Runs one member: takes the data directory, settles who this member is, starts the actors and stops them on SIGTERM or SIGINT.
 * Everything that can be refused has been refused before the directory is touched (config) or before the first actor opens (ports, identity).
 */
import { createHash, randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type DataDirectory, openDataDirectory } from '../adapters/data-directory.ts';
import { forceNewCluster } from '../adapters/forced-cluster.ts';
import { openJsonLogger, reopenLogFiles } from '../adapters/json-logger.ts';
import { LogRotation } from '../adapters/log-rotation.ts';
import { claimPorts } from '../adapters/port-claim.ts';
import { answerProfiles } from '../adapters/thread-profiler.ts';
import type { TlsMaterial } from '../adapters/tls/tls-material.ts';
import { must } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import type { LogSettings } from '../base/log-settings.ts';
import { ETCD_API_VERSION, QUORATE_VERSION } from '../base/version.ts';
import type { Config } from '../config/config.ts';
import { makePlacement } from '../config/placement.ts';
import type { Logger } from '../ports/logger.ts';
import type { Self } from '../runtime/control.ts';
import { type Founding, foundCluster } from '../runtime/founding.ts';
import { Supervisor } from '../runtime/supervisor.ts';
import { checkCertificates, keepCertificates, openCertificates } from './certificates.ts';
import { DataGuard } from './data-guard.ts';
import { discover } from './discovery/discover.ts';
import { endBy, endSoon } from './end.ts';
import { joinCluster, refuseIfKnown } from './join.ts';
import { onStopSignals } from './stop-signals.ts';

const LOAD_LOG_MILLISECONDS = 10_000;

export async function serve(configured: Config, warnings: readonly string[]): Promise<void> {
	const logger = openJsonLogger(configured.logLevel, 'main', configured.logging);
	rotateLogs(configured.logging, logger);
	const placement = makePlacement({
		placement: configured.placement,
		lanes: { api: configured.apiLanes, watch: configured.watchLanes },
		cores: availableParallelism(),
	});
	if (!placement.ok) {
		throw new FatalError('bad_config', `--placement: ${placement.rule}`);
	}
	await checkCertificates(configured, logger);
	await claimPorts(configured.socketReusePort, [
		{ option: '--listen-client-urls', urls: configured.listenClientUrls },
		{ option: '--listen-client-http-urls', urls: configured.listenClientHttpUrls },
		{ option: '--listen-metrics-urls', urls: configured.listenMetricsUrls },
		{ option: '--listen-peer-urls', urls: configured.listenPeerUrls },
	]);
	const directory = await openDataDirectory({ path: configured.dataDir, name: configured.name, initialClusterToken: configured.initialClusterToken });
	const config = await discover({
		config: await keepCertificates({ ...configured, dataDir: directory.path }),
		directory: directory.path,
		isNew: directory.isNew,
		logger,
	});
	const certificates = await openCertificates(config, logger);
	const self = await settleSelf(config, directory, { tls: certificates.peer, logger });
	const supervisor = new Supervisor({ config, self, threads: placement.groups, logger, exit: (code) => process.exit(code) });
	const endNow = (code: number): void => supervisor.endNow(code);
	endBy(endNow);
	const guard = new DataGuard({ directory: directory.path, logger, damaged: endSoon });
	const stop = onSignals(logger, {
		stop: async () => {
			guard.stopSweep();
			await supervisor.stop();
			guard.stopped();
			await directory.close();
			logger.log('info', 'stopped');
			process.exit(0);
		},
		endNow,
	});
	logger.log('info', 'starting', {
		version: QUORATE_VERSION,
		'etcd-version': ETCD_API_VERSION,
		node: process.version,
		'data-dir': directory.path,
		name: config.name,
		'local-member-id': self.memberId,
		'cluster-id': self.clusterId,
		seed: self.seed,
		threads: placement.groups.map((group) => group.map(({ role, lane }) => `${role}/${lane}`).join('+')),
	});
	for (const warning of warnings) {
		logger.log('warn', warning);
	}
	certificates.watchExpiry();
	if (config.enablePprof) {
		answerProfiles(['main']);
	}
	await guard.beforeStart(directory.isNew);
	if (config.forceNewCluster) {
		const index = forceNewCluster(directory.path, self.memberId);
		logger.log('warn', '--force-new-cluster: this member alone is left of its cluster; start it without the flag next time', { index });
	}
	await supervisor.start();
	stop.ready();
	guard.sweepBeside();
	if (logger.isEnabled('debug')) {
		setInterval(() => void supervisor.logLoad(), LOAD_LOG_MILLISECONDS).unref();
	}
}

/** For the life of the process. */
function rotateLogs({ files: [file], rotation }: LogSettings, logger: Logger): void {
	if (file !== undefined && rotation !== null) {
		const failed = (error: unknown): void => logger.log('error', 'the log file cannot be rotated', { file, error: String(error) });
		new LogRotation(file, rotation, { reopen: reopenLogFiles, now: () => new Date(), failed }).start();
	}
}

/**
 * On the first boot the identity follows from the options, or is what the cluster gave to this member, and is written; later it is read,
 * and the bootstrap options are ignored.
 */
async function settleSelf(
	config: Config,
	directory: DataDirectory,
	{ tls, logger }: { readonly tls: TlsMaterial | null; readonly logger: Logger },
): Promise<Self> {
	const founding = foundCluster(config, (bytes) => createHash('sha1').update(bytes).digest());
	if (directory.identity === null) {
		const { memberId, clusterId, slot } = config.joinsExisting ? await joinCluster(config, tls) : founding;
		if (!config.joinsExisting) {
			await refuseIfKnown(config, tls, { memberId, clusterId });
		}
		const { name, initialClusterToken } = config;
		directory.writeIdentity({ memberId, clusterId, name, initialClusterToken, slot });
	}
	const identity = must(directory.identity, 'an identity after the first boot');
	if (!isSame(founding, identity)) {
		logger.log('info', 'the options of the first boot are ignored: this directory has a member', { 'local-member-id': identity.memberId });
	}
	return {
		memberId: identity.memberId,
		clusterId: identity.clusterId,
		slot: identity.slot,
		boot: randomInt(1, 2 ** 48 - 1),
		seed: randomInt(2 ** 31),
		bootstrap: isSame(founding, identity) ? founding.bootstrap : null,
	};
}

function isSame(founding: Founding, identity: { readonly memberId: string; readonly clusterId: string }): boolean {
	return founding.memberId === identity.memberId && founding.clusterId === identity.clusterId;
}

/** The first signal stops in order, as soon as everything has started; one that insists ends at once. */
function onSignals(
	logger: Logger,
	{ stop, endNow }: { readonly stop: () => Promise<void>; readonly endNow: (exitCode: number) => void },
): { readonly ready: () => void } {
	let isAsked = false;
	let isReady = false;
	onStopSignals(['SIGTERM', 'SIGINT'], {
		asked: (signal) => {
			logger.log('info', 'received signal; shutting down', { signal });
			isAsked = true;
			if (isReady) {
				void stop();
			}
		},
		insisted: (signal) => endNow(signal === 'SIGINT' ? 130 : 143),
	});
	return {
		ready: () => {
			isReady = true;
			if (isAsked) {
				void stop();
			}
		},
	};
}
