/** What changed between two texts, line by line: the longest common subsequence. Texts of very many lines are told as replaced. */

export interface DiffLine {
	readonly kind: 'same' | 'added' | 'removed';
	readonly text: string;
}

const CELLS_MAX = 1_000_000;

export function diffLines(before: string, after: string): readonly DiffLine[] {
	const [a, b] = [before.split('\n'), after.split('\n')];
	const replaced = [...a.map((text) => ({ kind: 'removed' as const, text })), ...b.map((text) => ({ kind: 'added' as const, text }))];
	return a.length * b.length > CELLS_MAX ? replaced : walk(a, b, commonLengths(a, b));
}

/** Of the ends of both from line i and line j on, at i * width + j. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array {
	const width = b.length + 1;
	const lengths = new Uint32Array((a.length + 1) * width);
	for (let i = a.length - 1; i >= 0; i--) {
		for (let j = b.length - 1; j >= 0; j--) {
			const skip = Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
			lengths[i * width + j] = a[i] === b[j] ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1 : skip;
		}
	}
	return lengths;
}

function walk(a: readonly string[], b: readonly string[], lengths: Uint32Array): readonly DiffLine[] {
	const width = b.length + 1;
	const lines: DiffLine[] = [];
	let i = 0;
	let j = 0;
	while (i < a.length || j < b.length) {
		const [left, right] = [a[i], b[j]];
		if (left !== undefined && left === right) {
			lines.push({ kind: 'same', text: left });
			i += 1;
			j += 1;
		} else if (left !== undefined && (right === undefined || (lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0))) {
			lines.push({ kind: 'removed', text: left });
			i += 1;
		} else {
			lines.push({ kind: 'added', text: right ?? '' });
			j += 1;
		}
	}
	return lines;
}
