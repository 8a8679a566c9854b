import type { Slot } from '../../../src/base/brand.ts';
import type { Verb } from '../runner.ts';

/** cut SLOT: whatever goes to it or comes from it is lost. */
export const cut: Verb = (stage, { words }) => {
	stage.cut.add(Number(words[0]) as Slot);
	return [];
};

/** heal: all ways are open. What was lost stays lost. */
export const heal: Verb = (stage) => {
	stage.cut.clear();
	return [];
};
