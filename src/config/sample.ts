/** The text of config/default.yml, from the option table: every option with its default and help. `npm run fix` writes it, a tidy test compares. */
import { rangeText, wrap } from './help.ts';
import { GROUPS, type Group } from './option-spec.ts';
import { OPTION_NAMES, type OptionName, optionSpec, shownDefault } from './options.ts';

const COLUMNS = 120;

export function sampleText(): string {
	const groups = (Object.keys(GROUPS) as Group[]).map(groupText).filter((text) => text !== '');
	return `# Every option of quorate with its default. Generated from src/config/options.ts by npm run fix: do not edit.
# Use: quorate --config-file FILE. All other flags and the environment are then ignored.
${groups.join('')}`;
}

function groupText(group: Group): string {
	const names = OPTION_NAMES.filter((name) => optionSpec(name).group === group && optionSpec(name).flagOnly !== true);
	return names.length === 0 ? '' : `\n# ---- ${GROUPS[group]} ----\n${names.map(optionText).join('')}`;
}

/** A default that depends on another option is shown commented out. */
function optionText(name: OptionName): string {
	const spec = optionSpec(name);
	const value = spec.type === 'integer' || spec.type === 'boolean' ? String(spec.default) : JSON.stringify(shownDefault(name));
	const isComputed = shownDefault(name).startsWith('<');
	return `\n${wrap(`${spec.help}${rangeText(name)}`, '# ', COLUMNS)}${isComputed ? '# ' : ''}${name}: ${value}\n`;
}
