/**
 * The certificates of a member on its way up: those that are given are looked at before anything is touched, those that it makes itself are made in
 * its data directory. Called by serve.ts; the threads read the files again on their own.
 */
import type { TlsMaterial } from '../adapters/tls/tls-material.ts';
import { isSecured, type TlsSettings } from '../base/tls-settings.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../ports/logger.ts';

export interface Certificates {
	readonly client: TlsMaterial | null;
	readonly peer: TlsMaterial | null;
	/** Once the log has begun. */
	watchExpiry(): void;
}

/** FatalError for files that cannot be used. */
export async function checkCertificates(config: Config, logger: Logger): Promise<void> {
	await openCertificates(config, logger);
}

/** The configuration with the files of --auto-tls and --peer-auto-tls in it. */
export async function keepCertificates(config: Config): Promise<Config> {
	return {
		...config,
		clientTls: await ensure(config, config.clientTls, 'client', [
			...config.listenClientUrls,
			...config.listenClientHttpUrls,
			...config.listenMetricsUrls,
		]),
		peerTls: await ensure(config, config.peerTls, 'peer', config.listenPeerUrls),
	};
}

/** Nothing of TLS is loaded for a member without it. */
export async function openCertificates({ clientTls, peerTls }: Config, logger: Logger): Promise<Certificates> {
	const [client, peer] = await Promise.all([open(clientTls, logger), open(peerTls, logger)]);
	const materials = [client, peer].filter((material) => material !== null);
	const watch = materials.length === 0 ? null : await import('../adapters/tls/expiry-watch.ts');
	return {
		client,
		peer,
		watchExpiry: () => {
			for (const { settings } of materials.filter((material) => !material.current().hasAlternativeNames)) {
				logger.log('warn', 'a certificate has no subject alternative name: most clients refuse it', { file: settings.certFile });
			}
			watch?.watchExpiry(materials, logger);
		},
	};
}

async function ensure(config: Config, settings: TlsSettings, use: 'client' | 'peer', urls: readonly string[]): Promise<TlsSettings> {
	if (!settings.isSelfSigned) {
		return settings;
	}
	const { ensureOwnCertificate } = await import('../adapters/tls/own-certificates.ts');
	return { ...settings, ...(await ensureOwnCertificate({ dataDir: config.dataDir, use, urls, years: config.selfSignedYears })) };
}

async function open(settings: TlsSettings, logger: Logger): Promise<TlsMaterial | null> {
	if (!isSecured(settings)) {
		return null;
	}
	const { TlsMaterial: Material } = await import('../adapters/tls/tls-material.ts');
	return Material.open(settings, logger);
}
