/** `npm run dashboard:shots`: pictures of each view, of three members under a little load, into docs/ for the README. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startCluster } from './cluster.ts';
import { buildDashboard, openBrowser, openDashboard, type View } from './dashboard-page.ts';
import { delay } from './eventually.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const VIEWS: readonly View[] = ['latency', 'cluster', 'load', 'actors', 'keys', 'alerts'];
/** For charts and rates to have something to show. */
const WATCH_MS = 15_000;
const PUT_PAUSE_MS = 20;

buildDashboard();
mkdirSync(DOCS, { recursive: true });
const cluster = await startCluster(3);
const browser = await openBrowser();
try {
	const leader = await cluster.leader();
	const { page } = await openDashboard(browser, leader.clientUrl);
	await page.setViewportSize({ width: 960, height: 720 });
	await page.emulateMedia({ colorScheme: 'dark' });
	const end = performance.now() + WATCH_MS;
	for (let i = 0; performance.now() < end; i++) {
		await leader.client.put(`/services/web/${i % 8}`, JSON.stringify({ host: `10.0.0.${i % 8}`, port: 8_080 }));
		await delay(PUT_PAUSE_MS);
	}
	for (const view of VIEWS) {
		await page.keyboard.press(String(VIEWS.indexOf(view) + 1));
		await page.locator('main h2').first().waitFor();
		if (view === 'keys') {
			for (const name of ['/', 'services/', 'web/', '3']) {
				await page.getByRole('button', { name, exact: true }).click();
			}
			await page.locator('summary').first().click();
		}
		await page.screenshot({ path: `${DOCS}dashboard-${view}.png` });
	}
} finally {
	await browser.close();
	await cluster.destroy();
}
