/** The live tail of what the key browser shows: changes below the prefix as they happen, the newest first. */
import { useEffect, useState } from 'preact/hooks';
import { fromBase64, showText } from './key-bytes.ts';
import type { Live } from './live.ts';

/** Goes with the prefix, and ends with the view. */
export function KeyTailPanel({ prefix, live: { tail, follow } }: { readonly prefix: string; readonly live: Live }) {
	const [isOn, setOn] = useState(false);
	useEffect(() => {
		follow(isOn ? prefix : null);
	}, [isOn, prefix]);
	useEffect(() => () => follow(null), []);
	return (
		<>
			<label>
				<input type="checkbox" checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} /> follow changes below this prefix
			</label>
			{isOn && tail.problem !== '' && (
				<p class="bad" role="alert">
					{tail.problem}
				</p>
			)}
			{isOn && tail.problem === '' && (
				<p class="faint">
					{tail.total === 0 ? 'Nothing has changed yet.' : `${tail.total} changes seen, the newest first.`}
					{tail.leftOut > 0 && ` ${tail.leftOut} came too fast to be told.`}
				</p>
			)}
			{isOn && tail.rows.length > 0 && <Rows rows={tail.rows} />}
		</>
	);
}

function Rows({ rows }: { readonly rows: Live['tail']['rows'] }) {
	return (
		<div class="scroll tail">
			<table aria-label="Changes as they happen">
				<thead>
					<tr>
						<th class="number">revision</th>
						<th>change</th>
						<th>key</th>
						<th>value</th>
					</tr>
				</thead>
				<tbody>
					{rows.map(({ number, type, revision, key, keyBytes, value, valueBytes }) => (
						<tr key={number} data-change={type}>
							<td class="number">{revision}</td>
							<td>{type}</td>
							<td class="wrap key">{showBeginning(key, keyBytes)}</td>
							<td class="wrap key">{type === 'delete' ? '' : showBeginning(value, valueBytes)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function showBeginning(base64: string, bytes: number): string {
	return showText(base64) + (fromBase64(base64).length < bytes ? `… (${bytes} bytes)` : '');
}
