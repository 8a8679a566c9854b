/** One member as a real process with its addresses, its data directory and a client: quorate's, or Debian's etcd in the same shape to compare with. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDirectory } from './cleanup.ts';
import { flagsFromEnvironment } from './flags-from-environment.ts';
import { freePorts } from './free-ports.ts';
import { KvClient } from './kv-client.ts';
import { NotReadyError, ServerProcess, type ServerSpec } from './server-process.ts';

export interface MemberOptions {
	/** Default: m1. */
	readonly name?: string;
	/** More flags, or others than the defaults; without the dashes. */
	readonly flags?: Readonly<Record<string, string>>;
	readonly env?: Readonly<Record<string, string>>;
	/** Default: a new temporary one, removed at the end. */
	readonly dataDir?: string;
}

export interface MemberAddresses {
	readonly name: string;
	readonly clientUrl: string;
	readonly peerUrl: string;
	readonly dataDir: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** EXIT_CODES.listen_failed: another process took the port between our look and the start. */
const LISTEN_FAILED = 3;
const ATTEMPTS_MAX = 3;

export class Member extends ServerProcess {
	readonly clientUrl: string;
	readonly peerUrl: string;
	readonly dataDir: string;
	readonly client: KvClient;

	constructor(spec: ServerSpec, addresses: MemberAddresses) {
		super(spec);
		this.clientUrl = addresses.clientUrl;
		this.peerUrl = addresses.peerUrl;
		this.dataDir = addresses.dataDir;
		this.client = new KvClient(addresses.clientUrl);
	}
}

/** A cluster of one, ready. */
export function startMember(options: MemberOptions = {}): Promise<Member> {
	return startAlone(options, quorateSpec);
}

/** Debian's etcd as a cluster of one, ready, with v2 enabled. */
export function startEtcd(options: MemberOptions = {}): Promise<Member> {
	return startAlone(options, etcdSpec);
}

/** The command that runs quorate: from source, or the built one with QUORATE_DIST=1. */
export function quorateCommand(args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
	const node = join(ROOT, 'node_modules', '.bin', 'node');
	if (process.env['QUORATE_DIST'] === '1') {
		return { command: node, args: [join(ROOT, 'dist', 'src', 'cli', 'main.js'), ...args] };
	}
	return { command: node, args: ['--import', import.meta.resolve('tsx'), join(ROOT, 'src', 'cli', 'main.ts'), ...args] };
}

function quorateSpec(addresses: MemberAddresses, options: MemberOptions, initialCluster: string): ServerSpec {
	const { command, args } = quorateCommand(flagsOf(addresses, options, initialCluster, {}));
	return { name: addresses.name, command, args, env: options.env ?? {}, isReady: isReadyLine };
}

/** What the cluster tests run: quorate, or etcd with QUORATE_TEST_SERVER=etcd, to try the tests themselves on a system that is known to pass. */
export function clusterSpec(addresses: MemberAddresses, options: MemberOptions, initialCluster: string): ServerSpec {
	if (process.env['QUORATE_TEST_SERVER'] === 'etcd') {
		return etcdSpec(addresses, options, initialCluster);
	}
	return quorateSpec(addresses, { ...options, flags: { ...flagsFromEnvironment(), ...options.flags } }, initialCluster);
}

export function etcdSpec(addresses: MemberAddresses, options: MemberOptions, initialCluster: string): ServerSpec {
	const args = flagsOf(addresses, options, initialCluster, { 'enable-v2': 'true' });
	// etcd 3.4 says that it is ready before it accepts; this line is said after.
	return {
		name: addresses.name,
		command: 'etcd',
		args,
		env: options.env ?? {},
		isReady: (line) => /serving (insecure )?client requests on/.test(line),
	};
}

export async function makeAddresses(names: readonly string[], directory: string): Promise<readonly MemberAddresses[]> {
	const ports = await freePorts(2 * names.length);
	return names.map((name, i) => ({
		name,
		clientUrl: `http://127.0.0.1:${ports[2 * i]}`,
		peerUrl: `http://127.0.0.1:${ports[2 * i + 1]}`,
		dataDir: join(directory, name),
	}));
}

/** Runs attempts with fresh ports until one is not stopped by a port that somebody else took meanwhile. */
export async function withFreshPorts<T>(attempt: () => Promise<T>): Promise<T> {
	for (let count = 1; ; count++) {
		try {
			return await attempt();
		} catch (error) {
			if (!(error instanceof NotReadyError) || error.ended.code !== LISTEN_FAILED || count === ATTEMPTS_MAX) {
				throw error;
			}
		}
	}
}

type MakeSpec = (addresses: MemberAddresses, options: MemberOptions, initialCluster: string) => ServerSpec;

function startAlone(options: MemberOptions, makeSpec: MakeSpec): Promise<Member> {
	return withFreshPorts(async () => {
		const name = options.name ?? 'm1';
		const [made] = await makeAddresses([name], makeTempDirectory('member'));
		const addresses = { ...(made as MemberAddresses), ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }) };
		const member = new Member(makeSpec(addresses, options, `${name}=${addresses.peerUrl}`), addresses);
		await member.start();
		return member;
	});
}

function flagsOf(addresses: MemberAddresses, options: MemberOptions, initialCluster: string, more: Readonly<Record<string, string>>): string[] {
	const flags: Record<string, string> = {
		name: addresses.name,
		'data-dir': addresses.dataDir,
		'listen-client-urls': addresses.clientUrl,
		'advertise-client-urls': addresses.clientUrl,
		'listen-peer-urls': addresses.peerUrl,
		'initial-advertise-peer-urls': addresses.peerUrl,
		'initial-cluster': initialCluster,
		...more,
		...options.flags,
	};
	// A member that finds the others by discovery is told no list.
	const given = Object.entries(flags).filter(([name, value]) => name !== 'initial-cluster' || value !== '');
	return given.map(([name, value]) => `--${name}=${value}`);
}

function isReadyLine(line: string): boolean {
	if (!line.startsWith('{')) {
		return false;
	}
	try {
		return (JSON.parse(line) as { readonly msg?: unknown }).msg === 'ready to serve client requests';
	} catch {
		return false;
	}
}
