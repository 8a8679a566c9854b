/** The dashboard in a real browser, Debian's Chromium: opened at a member, and what its views show. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OPEN_MS = 20_000;

/** As `npm run build` does it: a member that runs from source serves what is in dist. */
export function buildDashboard(): void {
	execFileSync(process.execPath, ['src/dashboard/build.mjs'], { cwd: ROOT });
}

export function openBrowser(): Promise<Browser> {
	// Tests may run as root, where Chromium has no sandbox.
	return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export type View = 'latency' | 'cluster' | 'load' | 'actors' | 'keys' | 'alerts';

export interface OpenedPage {
	readonly page: Page;
	/** What the browser complained of: errors, and what the policy refused. */
	readonly complaints: readonly string[];
}

/** Waits for the first figures. */
export async function openDashboard(browser: Browser, clientUrl: string, view: View = 'latency'): Promise<OpenedPage> {
	const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
	const complaints: string[] = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error') {
			complaints.push(message.text());
		}
	});
	await page.goto(`${clientUrl}/dashboard/#${view}`);
	await page.locator('main h2').first().waitFor({ timeout: OPEN_MS });
	return { page, complaints };
}
