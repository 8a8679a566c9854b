/** One line of JSON in columns for people, as zap's console encoder has them: time, level, caller, message, and the other fields as JSON. Used by log-outputs.ts. */

export function consoleLine(line: string): string {
	const { level, ts, caller, msg, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
	const columns = [ts, level, caller, msg, ...(Object.keys(fields).length === 0 ? [] : [JSON.stringify(fields)])];
	// A message of several lines would look like several events.
	return `${columns.map((each) => String(each ?? '').replaceAll('\n', '\\n')).join('\t')}\n`;
}
