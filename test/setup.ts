/**
 * The set-up step of `npm test`: Debian's etcd-client, etcd-server, chromium, prometheus, python3-etcd and python3-etcd3, which the tests with real clients need.
 * Installs them where it may (root and apt-get); elsewhere it says what to install, and those tests fail: they are not skipped.
 */
import { spawnSync } from 'node:child_process';

const PROGRAMS = [
	{ program: 'etcdctl', arguments: ['help'], package: 'etcd-client' },
	{ program: 'etcd', arguments: ['--version'], package: 'etcd-server' },
	{ program: 'curl', arguments: ['--version'], package: 'curl' },
	{ program: 'chromium', arguments: ['--version'], package: 'chromium' },
	{ program: 'promtool', arguments: ['--version'], package: 'prometheus' },
	{ program: '/usr/bin/python3', arguments: ['-c', 'import etcd'], package: 'python3-etcd' },
	{ program: '/usr/bin/python3', arguments: ['-c', 'import etcd3'], package: 'python3-etcd3' },
] as const;

/** What the packages start. */
const SERVICES: readonly { readonly package: (typeof PROGRAMS)[number]['package']; readonly service: string }[] = [
	{ package: 'etcd-server', service: 'etcd' },
	{ package: 'prometheus', service: 'prometheus' },
];

export function installClients(): void {
	const missing = missingPackages();
	if (missing.length === 0) {
		return;
	}
	if (process.getuid?.() === 0 && isThere('apt-get', ['--version'])) {
		console.log(`set-up: installing ${missing.join(', ')}`);
		aptGet(['update', '-q']);
		aptGet(['install', '-q', '-y', '--no-install-recommends', ...missing]);
		for (const { package: name, service } of SERVICES) {
			if (missing.includes(name)) {
				stopService(service);
			}
		}
	}
	const stillMissing = missingPackages();
	if (stillMissing.length > 0) {
		console.log(`set-up: the tests with real clients will fail: install ${stillMissing.join(', ')} (Debian's names)`);
	}
}

function missingPackages(): string[] {
	return PROGRAMS.filter((row) => !isThere(row.program, row.arguments)).map((row) => row.package);
}

function isThere(program: string, words: readonly string[]): boolean {
	return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}

function aptGet(words: readonly string[]): void {
	spawnSync('apt-get', words, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** Where there is systemd, the package has just started a server, etcd's on the ports that `npm start` uses. */
function stopService(service: string): void {
	spawnSync('systemctl', ['disable', '--now', service], { stdio: 'ignore' });
}
