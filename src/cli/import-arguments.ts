/** The command line of `quorate import`: the file, its own two flags, and those of the server's that say what cluster the member founds. Pure. */

import { EXIT_CODES } from '../base/fatal.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';

export type ImportArguments =
	| { readonly kind: 'help'; readonly text: string }
	| { readonly kind: 'error'; readonly exitCode: number; readonly line: string }
	| {
			readonly kind: 'import';
			readonly file: string;
			readonly skipHashCheck: boolean;
			readonly withoutAuth: boolean;
			readonly config: Config;
	  };

/** Of the server's. */
const SHARED = ['name', 'data-dir', 'initial-cluster', 'initial-cluster-token', 'initial-advertise-peer-urls'];
const OWN = { skipHashCheck: 'skip-hash-check', withoutAuth: 'without-auth' };

export const IMPORT_HELP = `Usage: quorate import FILE [flags]

Makes a data directory out of a snapshot of etcd's (etcdctl snapshot save), for a new cluster that
begins with its content: keys with their revisions and history, and leases, each with its full time
to live. As with etcdctl snapshot restore, each founding member runs it once, with the same file and
the same --initial-cluster, and is then started with the same flags.

Not taken over: the members and the alarms of the old cluster; users and roles; and the v2 keyspace,
which etcd 3.4 keeps in its .snap files and not in this one.

  --data-dir '<name>.quorate'
        To be made; it must be empty or not be there.
  --name 'default'
        Of this member, as in --initial-cluster.
  --initial-cluster '<name>=<initial-advertise-peer-urls>'
        All founding members, as for the server.
  --initial-cluster-token 'etcd-cluster'
        As for the server.
  --initial-advertise-peer-urls 'http://localhost:2380'
        As for the server.
  --skip-hash-check
        Read a file without the SHA-256 at its end, such as a database that was copied out of etcd's
        data directory, or one with a wrong SHA-256.
  --without-auth
        Leave out users and roles, and have authentication off: what is imported is open to everybody.
`;

interface Words {
	readonly files: readonly string[];
	readonly own: ReadonlySet<string>;
	readonly rest: readonly string[];
	/** A flag that an import does not take, or null. */
	readonly stranger: string | null;
}

export function readImportArguments(argv: readonly string[]): ImportArguments {
	const { files, own, rest, stranger } = sortWords(argv);
	if (own.has('help') || own.has('h')) {
		return { kind: 'help', text: IMPORT_HELP };
	}
	if (stranger !== null) {
		return badFlag(`--${stranger} is no flag of import: see quorate import --help`);
	}
	const [file] = files;
	if (file === undefined || files.length > 1) {
		return badFlag(`import needs one file, and got ${files.length}: see quorate import --help`);
	}
	// The environment is the server's, and this is not the server.
	const loaded = loadConfig(rest, {}, () => ({ ok: false, problem: 'an import reads no configuration file' }));
	switch (loaded.kind) {
		case 'serve':
			return { kind: 'import', file, skipHashCheck: own.has(OWN.skipHashCheck), withoutAuth: own.has(OWN.withoutAuth), config: loaded.config };
		case 'error':
			return loaded;
		default:
			return { kind: 'help', text: IMPORT_HELP };
	}
}

/** By the rules of Go's flags, but that the file may stand anywhere. */
function sortWords(argv: readonly string[]): Words {
	const files: string[] = [];
	const own = new Set<string>();
	const rest: string[] = [];
	let stranger: string | null = null;
	for (let i = 0; i < argv.length; i++) {
		const word = argv[i] as string;
		const [, name = '', value] = /^--?([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
		if (name === '') {
			files.push(word);
		} else if (SHARED.includes(name)) {
			rest.push(word);
			if (value === undefined && i + 1 < argv.length) {
				i++;
				rest.push(argv[i] as string);
			}
		} else if (name === 'help' || name === 'h' || name === OWN.skipHashCheck || name === OWN.withoutAuth) {
			if (value !== 'false') {
				own.add(name);
			}
		} else {
			stranger ??= name;
		}
	}
	return { files, own, rest, stranger };
}

function badFlag(line: string): ImportArguments {
	return { kind: 'error', exitCode: EXIT_CODES.bad_flag, line: `quorate: ${line}` };
}
