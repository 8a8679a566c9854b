/**
 * Certificates, keys, CAs and revocation lists as they are now: the files are looked at before each handshake, as etcd does, so that new ones
 * count without a restart, and connections that are there go on. Files that cannot be used leave what was there in use, and the log says why.
 * Used by secure-server.ts (listeners) and peer-dialer.ts.
 */
import { must } from '../../base/assert.ts';
import { FatalError } from '../../base/fatal.ts';
import { isSecured, type TlsSettings } from '../../base/tls-settings.ts';
import type { Logger } from '../../ports/logger.ts';
import { type LoadedTls, loadTls, type ReadRevoked, stampOf, TlsFileError } from './tls-files.ts';

const NO_LISTS: ReadRevoked = () => new Set();

export class TlsMaterial {
	readonly settings: TlsSettings;
	readonly #readRevoked: ReadRevoked;
	readonly #logger: Logger;
	#stamp = '';
	#loaded: LoadedTls | null = null;

	/** Throws FatalError if the files cannot be used. */
	static async open(settings: TlsSettings, logger: Logger): Promise<TlsMaterial> {
		const readRevoked = settings.crlFile === '' ? NO_LISTS : (await import('./x509-library.ts')).readRevokedSerials;
		const material = new TlsMaterial(settings, readRevoked, logger);
		try {
			material.#stamp = stampOf(settings);
			material.#loaded = loadTls(settings, readRevoked);
		} catch (error) {
			throw error instanceof TlsFileError ? new FatalError('bad_config', error.message, { cause: error }) : error;
		}
		return material;
	}

	/** null: there is no certificate, so no TLS. */
	static async openIfSecured(settings: TlsSettings, logger: Logger): Promise<TlsMaterial | null> {
		return isSecured(settings) ? TlsMaterial.open(settings, logger) : null;
	}

	private constructor(settings: TlsSettings, readRevoked: ReadRevoked, logger: Logger) {
		this.settings = settings;
		this.#readRevoked = readRevoked;
		this.#logger = logger;
	}

	/** The same object as long as the files are the same. */
	current(): LoadedTls {
		const stamp = stampOf(this.settings);
		if (stamp !== this.#stamp) {
			this.#stamp = stamp;
			this.#reload();
		}
		return must(this.#loaded, 'TLS files were loaded at the start');
	}

	#reload(): void {
		const { certFile } = this.settings;
		try {
			this.#loaded = loadTls(this.settings, this.#readRevoked);
			this.#logger.log('info', 'TLS files have changed and are read again', { certFile });
		} catch (error) {
			if (!(error instanceof TlsFileError)) {
				throw error;
			}
			this.#logger.log('error', 'TLS files have changed and cannot be used; those of before stay in use', { error: error.message });
		}
	}
}
