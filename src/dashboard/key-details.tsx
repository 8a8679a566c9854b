/** One key of v3: its value, its versions with what changed between them, and, where that is allowed, a change of it. */
import { useEffect, useState } from 'preact/hooks';
import type { KeyHistory, KeyRow } from '../ports/dashboard-state.ts';
import { ask } from './asking.ts';
import { FORMATS, type Format, isText, showText, showValue, textToBase64 } from './key-bytes.ts';
import { diffLines } from './line-diff.ts';

interface DetailsProps {
	/** Base64. */
	readonly of: string;
	readonly writes: boolean;
	readonly changed: () => void;
}

export function KeyDetails({ of, writes, changed }: DetailsProps) {
	const [history, setHistory] = useState<KeyHistory | string>('…');
	const [format, setFormat] = useState<Format>('text');
	const load = (): void => void ask<KeyHistory>(`history?${new URLSearchParams({ key: of })}`).then(setHistory);
	useEffect(load, [of]);
	const [newest] = typeof history === 'string' ? [] : history.versions;
	return (
		<section class="panel" aria-label="The chosen key">
			<p class="key">
				<strong>{showText(of)}</strong>
			</p>
			<label>
				shown as{' '}
				<select value={format} onChange={(event) => setFormat(FORMATS.find((each) => each === event.currentTarget.value) ?? 'text')}>
					{FORMATS.map((each) => (
						<option key={each}>{each}</option>
					))}
				</select>
			</label>
			{typeof history === 'string' && <p class="bad">{history}</p>}
			{typeof history !== 'string' && newest === undefined && <p>The key is not there any more.</p>}
			{newest !== undefined && <Value row={newest} format={format} />}
			{newest !== undefined && writes && (
				<Edit
					row={newest}
					done={() => {
						load();
						changed();
					}}
				/>
			)}
			{typeof history !== 'string' && <Versions history={history} format={format} />}
		</section>
	);
}

function Value({ row, format }: { readonly row: KeyRow; readonly format: Format }) {
	return row.value === null ? <p>{row.valueBytes} bytes, too many to show.</p> : <pre>{showValue(row.value, format)}</pre>;
}

function Versions({ history, format }: { readonly history: KeyHistory; readonly format: Format }) {
	const { versions, isWhole } = history;
	return (
		<>
			<h2>Versions</h2>
			{versions.map((row, i) => (
				<details key={row.modRevision}>
					<summary>
						version {row.version}, revision {row.modRevision}, {row.valueBytes} bytes
					</summary>
					<Difference row={row} before={versions[i + 1] ?? null} format={format} />
				</details>
			))}
			{!isWhole && versions.length > 0 && <p class="faint">Older versions are compacted, or too many to show.</p>}
		</>
	);
}

function Difference({ row, before, format }: { readonly row: KeyRow; readonly before: KeyRow | null; readonly format: Format }) {
	if (row.value === null || before === null || before.value === null) {
		return <Value row={row} format={format} />;
	}
	return (
		<pre>
			{diffLines(showValue(before.value, format), showValue(row.value, format)).map(({ kind, text }, i) => (
				<span key={i} class={kind}>
					{`${kind === 'added' ? '+' : kind === 'removed' ? '-' : ' '} ${text}\n`}
				</span>
			))}
		</pre>
	);
}

/** Only if nobody has changed the key since it was shown. */
function Edit({ row, done }: { readonly row: KeyRow; readonly done: () => void }) {
	const [problem, setProblem] = useState('');
	const write = async (value: string | null): Promise<void> => {
		const outcome = await ask<object>('write', jsonPost({ key: row.key, value, modRevision: row.modRevision }));
		setProblem(typeof outcome === 'string' ? outcome : '');
		if (typeof outcome !== 'string') {
			done();
		}
	};
	const text = row.value !== null && isText(row.value) ? new TextDecoder().decode(Uint8Array.from(atob(row.value), (c) => c.charCodeAt(0))) : null;
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				void write(textToBase64(String(new FormData(event.currentTarget).get('value') ?? '').replaceAll('\r\n', '\n')));
			}}
		>
			{text === null ? (
				<p class="faint">The value is not text: it can be deleted here, but not edited.</p>
			) : (
				<textarea name="value" aria-label="New value" key={row.modRevision} defaultValue={text} />
			)}
			<div class="row">
				{text !== null && <button type="submit">Save</button>}
				<button type="button" onClick={() => confirm('Delete this key?') && void write(null)}>
					Delete
				</button>
				{problem !== '' && (
					<span class="bad" role="alert">
						{problem}
					</span>
				)}
			</div>
		</form>
	);
}

export function NewKey({ changed }: { readonly changed: () => void }) {
	const [problem, setProblem] = useState('');
	return (
		<form
			class="panel"
			onSubmit={(event) => {
				event.preventDefault();
				const form = event.currentTarget;
				const data = new FormData(form);
				const [key, value] = ['key', 'value'].map((name) => textToBase64(String(data.get(name) ?? '').replaceAll('\r\n', '\n')));
				void ask<object>('write', jsonPost({ key, value, modRevision: 0 })).then((outcome) => {
					setProblem(typeof outcome === 'string' ? outcome : '');
					if (typeof outcome !== 'string') {
						form.reset();
						changed();
					}
				});
			}}
		>
			<div class="row">
				<label>
					new key <input name="key" required />
				</label>
				<button type="submit">Create</button>
				{problem !== '' && (
					<span class="bad" role="alert">
						{problem}
					</span>
				)}
			</div>
			<textarea name="value" aria-label="Value of the new key" />
		</form>
	);
}

function jsonPost(body: object): RequestInit {
	return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
