/** The rules of the options about log lines, in etcd's words where it has some, and the settings that they make. Used by check.ts. */
import { assert } from '../base/assert.ts';
import type { LogSettings, RotationSettings } from '../base/log-settings.ts';
import type { BrokenRule } from './security-check.ts';
import type { Values } from './values.ts';

const OUTPUTS_MAX = 16;
const MEGABYTES_DEFAULT = 100;
const NUMBER_MAX = 1_000_000;
/** Entries of the JSON, as lumberjack has them. */
const NUMBERS: ReadonlySet<string> = new Set(['maxsize', 'maxage', 'maxbackups']);
const FLAGS: ReadonlySet<string> = new Set(['localtime', 'compress']);
const ALONE = ['default', 'systemd/journal'];

export function brokenLogging(values: Values): BrokenRule | null {
	const outputs = outputsOf(values);
	if (outputs.length === 0 || outputs.length > OUTPUTS_MAX) {
		return { option: 'log-outputs', rule: `must name 1 to ${OUTPUTS_MAX} places` };
	}
	const alone = ALONE.find((each) => outputs.includes(each));
	if (alone !== undefined && outputs.length > 1) {
		return { option: 'log-outputs', rule: `multi logoutput for "${alone}" is not supported: it must stand alone` };
	}
	const read = readRotation(values['log-rotation-config-json']);
	if ('rule' in read) {
		return { option: 'log-rotation-config-json', rule: read.rule };
	}
	if (values['enable-log-rotation'] && (outputs.length !== 1 || filesIn(outputs).length !== 1)) {
		return { option: 'log-outputs', rule: 'must be a single file path with --enable-log-rotation' };
	}
	return null;
}

/** Of checked values. */
export function loggingOf(values: Values): LogSettings {
	const outputs = outputsOf(values);
	const rotation = readRotation(values['log-rotation-config-json']);
	assert(!('rule' in rotation), 'the settings of rotation are checked before');
	return {
		format: values['log-format'],
		standardError: outputs.some((each) => each === 'stderr' || ALONE.includes(each)),
		standardOutput: outputs.includes('stdout'),
		files: filesIn(outputs),
		rotation: values['enable-log-rotation'] ? rotation : null,
	};
}

function outputsOf(values: Values): readonly string[] {
	const words = values['log-outputs'].split(',').map((word) => word.trim());
	return [...new Set(words.filter((word) => word !== ''))];
}

function filesIn(outputs: readonly string[]): readonly string[] {
	return outputs.filter((each) => each !== 'stderr' && each !== 'stdout' && !ALONE.includes(each));
}

function readRotation(text: string): RotationSettings | { readonly rule: string } {
	const entries = readObject(text);
	if (entries === null) {
		return { rule: 'must be an object of JSON, such as {"maxsize": 100}' };
	}
	for (const [name, value] of Object.entries(entries)) {
		if (NUMBERS.has(name)) {
			if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > NUMBER_MAX) {
				return { rule: `has ${name}: ${JSON.stringify(value)}, which must be a whole number from 0 to ${NUMBER_MAX}` };
			}
		} else if (!FLAGS.has(name)) {
			return { rule: `has the unknown entry ${JSON.stringify(name)}: there are ${[...NUMBERS, ...FLAGS].join(', ')}` };
		} else if (typeof value !== 'boolean') {
			return { rule: `has ${name}: ${JSON.stringify(value)}, which must be true or false` };
		}
	}
	const number = (name: string): number => (typeof entries[name] === 'number' ? entries[name] : 0);
	return {
		megabytesMax: number('maxsize') || MEGABYTES_DEFAULT,
		daysMax: number('maxage'),
		backupsMax: number('maxbackups'),
		isLocalTime: entries['localtime'] === true,
		compresses: entries['compress'] === true,
	};
}

function readObject(text: string): Readonly<Record<string, unknown>> | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
	} catch {
		return null;
	}
}
