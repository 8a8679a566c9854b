/** The shapes of the daemon that every client suite runs against (design section 7): one thread, the default, several api lanes. */
export interface Configuration {
	readonly title: string;
	/** Without the dashes. */
	readonly flags: Readonly<Record<string, string>>;
}

const ALL: readonly Configuration[] = [
	{ title: 'one thread', flags: { placement: 'single' } },
	{ title: 'default', flags: {} },
	{ title: 'four api lanes', flags: { 'api-lanes': '4' } },
];

/** QUORATE_FLAGS ("--a=b --c=d", or empty) is the one configuration to run instead. */
export function configurations(): readonly Configuration[] {
	const given = process.env['QUORATE_FLAGS'];
	if (given === undefined) {
		return ALL;
	}
	const pairs = Array.from(given.matchAll(/--([a-z0-9-]+)=(\S+)/g), ([, name, value]) => [name, value]);
	return [{ title: given === '' ? 'default' : given, flags: Object.fromEntries(pairs) }];
}
