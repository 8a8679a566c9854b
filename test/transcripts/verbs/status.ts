import type { Verb } from '../runner.ts';

/** status: what every member says of itself. */
export const status: Verb = (stage) =>
	[...stage.actors.values()].map(({ slot, core, disk }) => {
		const { role, term, leader, last, commit, applied } = core.status();
		return `${slot}: ${role} term=${term} leader=${leader} last=${last} commit=${commit} applied=${applied} disk=${disk.last}`;
	});
