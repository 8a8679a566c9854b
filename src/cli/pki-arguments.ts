/** The command line of `quorate pki`: what to make, for whom, where. Pure. Used by pki.ts. */
import { EXIT_CODES } from '../base/fatal.ts';

export type PkiArguments =
	| { readonly kind: 'help'; readonly text: string }
	| { readonly kind: 'error'; readonly exitCode: number; readonly line: string }
	| ({ readonly kind: 'init'; readonly name: string } & Place)
	| ({ readonly kind: 'issue'; readonly use: 'member' | 'client'; readonly names: readonly string[]; readonly hosts: readonly string[] } & Place)
	| ({ readonly kind: 'revoke'; readonly names: readonly string[] } & Place);

interface Place {
	readonly directory: string;
	readonly years: number;
}

const AUTHORITY_YEARS = 10;
const CERTIFICATE_YEARS = 1;
const YEARS_MAX = 100;
const NAMES_MAX = 100;
/** A member's own machine. */
const HOSTS = ['localhost', '127.0.0.1', '::1'];

export const PKI_HELP = `Usage: quorate pki init [flags]
       quorate pki issue member NAME... [flags]
       quorate pki issue client NAME... [flags]
       quorate pki revoke NAME... [flags]

A small certificate authority, for those who have none. init makes it; issue makes a certificate and
a key for each name: NAME.crt and NAME.key. A member's serves clients, serves the other members and
is shown to them; a client's has NAME as its common name, which is the user if authentication is on.
revoke puts the certificates of the names on the list crl.pem, which members read (--client-crl-file,
--peer-crl-file) at each connection.

Whoever has ca.key can make a certificate for anybody. It is needed on none of the members.

  --dir 'pki'
        Directory of the authority. Keys in it can be read by their owner only.
  --san 'localhost,127.0.0.1,::1'
        Addresses and DNS names at which the holder is reached, and from which a member connects. A
        client has none unless told otherwise.
  --years '${CERTIFICATE_YEARS}'
        How long what is made is valid; the authority itself: '${AUTHORITY_YEARS}'.
  --name 'quorate CA'
        Common name of the authority (init).
`;

/** argv: what comes after `pki`. */
export function readPkiArguments(argv: readonly string[]): PkiArguments {
	const words: string[] = [];
	const flags = new Map<string, string>();
	for (let i = 0; i < argv.length; i++) {
		const [, name, value] = /^--?([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(argv[i] ?? '') ?? [];
		if (name === undefined) {
			words.push(argv[i] ?? '');
		} else if (name === 'help' || name === 'h') {
			return { kind: 'help', text: PKI_HELP };
		} else if (!['dir', 'san', 'years', 'name'].includes(name)) {
			return badFlag(`--${name} is no flag of pki`);
		} else {
			i += value === undefined ? 1 : 0;
			flags.set(name, value ?? argv[i] ?? '');
		}
	}
	const [command, ...rest] = words;
	const years = Number(flags.get('years') ?? (command === 'init' ? AUTHORITY_YEARS : CERTIFICATE_YEARS));
	if (!Number.isInteger(years) || years < 1 || years > YEARS_MAX) {
		return badFlag(`--years: ${JSON.stringify(flags.get('years'))} must be a whole number from 1 to ${YEARS_MAX}`);
	}
	return commandOf(command, rest, { directory: flags.get('dir') || 'pki', years }, flags);
}

function commandOf(command: string | undefined, rest: readonly string[], place: Place, flags: ReadonlyMap<string, string>): PkiArguments {
	if (command === undefined) {
		return { kind: 'help', text: PKI_HELP };
	}
	if (command === 'init' && rest.length === 0) {
		return { kind: 'init', name: flags.get('name') || 'quorate CA', ...place };
	}
	const names = command === 'issue' ? rest.slice(1) : rest;
	const bad = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name === 'ca');
	if (bad !== undefined) {
		return badFlag(`pki ${command}: ${JSON.stringify(bad)} is no name: letters, digits, dots and dashes, and not "ca"`);
	}
	if (names.length === 0 || names.length > NAMES_MAX) {
		return badFlag(`pki ${command}: needs 1 to ${NAMES_MAX} names, and got ${names.length}`);
	}
	const [use] = rest;
	if (command === 'revoke') {
		return { kind: 'revoke', names, ...place };
	}
	if (command === 'issue' && (use === 'member' || use === 'client')) {
		const given = flags.get('san')?.split(',');
		const hosts = (given ?? (use === 'member' ? HOSTS : [])).map((host) => host.trim()).filter((host) => host !== '');
		return { kind: 'issue', use, names, hosts, ...place };
	}
	return badFlag(`pki: ${JSON.stringify([command, ...rest].join(' '))} is no command`);
}

function badFlag(line: string): PkiArguments {
	return { kind: 'error', exitCode: EXIT_CODES.bad_flag, line: `quorate: ${line}: see quorate pki --help` };
}
