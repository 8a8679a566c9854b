/**
 * QUORATE_FLAGS ("--a=b --c=d", or empty): the flags with which the daemons of a test run, where the test itself says nothing else. For running
 * a suite in another shape of the daemon (design section 7).
 */
export function flagsFromEnvironment(): Readonly<Record<string, string>> | null {
	const given = process.env['QUORATE_FLAGS'];
	if (given === undefined) {
		return null;
	}
	return Object.fromEntries(Array.from(given.matchAll(/--([a-z0-9-]+)=(\S+)/g), ([, name, value]) => [name, value]));
}
