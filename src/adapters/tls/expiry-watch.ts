/** Says in the log, at the start and once a day, which certificates of ours expire within 30 days, or have. Used by cli/certificates.ts. */
import type { Logger } from '../../ports/logger.ts';
import type { TlsMaterial } from './tls-material.ts';

const DAY_MILLISECONDS = 24 * 3_600_000;
const WARNED_DAYS = 30;

export function watchExpiry(materials: readonly TlsMaterial[], logger: Logger): void {
	const look = (): void => {
		for (const material of materials) {
			warnOfExpiry(material, Date.now(), logger);
		}
	};
	look();
	if (materials.length > 0) {
		setInterval(look, DAY_MILLISECONDS).unref();
	}
}

/** now: Unix milliseconds. */
export function warnOfExpiry(material: TlsMaterial, now: number, logger: Logger): void {
	const { notAfter } = material.current();
	const days = Math.floor((notAfter - now) / DAY_MILLISECONDS);
	if (days < WARNED_DAYS) {
		const words = notAfter <= now ? 'a certificate has expired' : 'a certificate will expire soon';
		logger.log('warn', words, { file: material.settings.certFile, 'not-after': new Date(notAfter).toISOString(), days });
	}
}
