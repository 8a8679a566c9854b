/** The keys, as a tree: of v3 with versions, of v2 as its API tells it. Reads the member that serves the page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeyListing, KeyRow } from '../ports/dashboard-state.ts';
import { ask } from './asking.ts';
import { fromBase64, showText, textToBase64, toBase64 } from './key-bytes.ts';
import { KeyDetails, NewKey } from './key-details.tsx';
import { KeyTailPanel } from './key-tail.tsx';
import type { Live } from './live.ts';
import { V2Keys } from './v2-keys.tsx';

export function KeysView({ writes, live }: { readonly writes: boolean; readonly live: Live }) {
	const [space, setSpace] = useState<'v3' | 'v2'>('v3');
	return (
		<>
			<h2>Keys</h2>
			<div class="row">
				<label>
					keyspace{' '}
					<select value={space} onChange={(event) => setSpace(event.currentTarget.value === 'v2' ? 'v2' : 'v3')}>
						<option value="v3">v3</option>
						<option value="v2">v2</option>
					</select>
				</label>
				{!writes && <span class="faint">read-only: --dashboard-writes allows to change keys</span>}
			</div>
			{space === 'v3' ? <V3Keys writes={writes} live={live} /> : <V2Keys writes={writes} />}
		</>
	);
}

function V3Keys({ writes, live }: { readonly writes: boolean; readonly live: Live }) {
	const [prefix, setPrefix] = useState('');
	const [listing, setListing] = useState<KeyListing | string>('…');
	const [chosen, setChosen] = useState<string | null>(null);
	const asked = useRef(0);
	const load = async (from: string, after: string | null): Promise<void> => {
		const query = new URLSearchParams({ prefix: from, ...(after === null ? {} : { after }) });
		asked.current += 1;
		const number = asked.current;
		const answer = await ask<KeyListing>(`keys?${query}`);
		if (number !== asked.current) {
			return;
		}
		setListing((before) => {
			const isMore = after !== null && typeof before !== 'string' && typeof answer !== 'string';
			return isMore ? { ...answer, folders: [...before.folders, ...answer.folders], keys: [...before.keys, ...answer.keys] } : answer;
		});
	};
	useEffect(() => {
		setChosen(null);
		void load(prefix, null);
	}, [prefix]);
	return (
		<>
			<form
				class="row"
				onSubmit={(event) => {
					event.preventDefault();
					setPrefix(textToBase64(String(new FormData(event.currentTarget).get('prefix') ?? '')));
				}}
			>
				<label>
					prefix <input name="prefix" key={prefix} defaultValue={new TextDecoder().decode(fromBase64(prefix))} />
				</label>
				<button type="submit">Show</button>
				<button type="button" onClick={() => void load(prefix, null)}>
					Refresh
				</button>
				<Trail prefix={prefix} go={setPrefix} />
			</form>
			<KeyTailPanel prefix={prefix} live={live} />
			{typeof listing === 'string' ? (
				<p class="bad">{listing}</p>
			) : (
				<Listing listing={listing} prefix={prefix} go={setPrefix} choose={setChosen} more={() => void load(prefix, listing.next)} />
			)}
			{chosen !== null && <KeyDetails key={chosen} of={chosen} writes={writes} changed={() => void load(prefix, null)} />}
			{writes && chosen === null && <NewKey changed={() => void load(prefix, null)} />}
		</>
	);
}

/** Where one is: each part leads back to it. */
function Trail({ prefix, go }: { readonly prefix: string; readonly go: (prefix: string) => void }) {
	const bytes = fromBase64(prefix);
	const ends = [...bytes.keys()].filter((at) => bytes[at] === 0x2f).map((at) => at + 1);
	return (
		<span class="row">
			<button type="button" class="link" onClick={() => go('')}>
				all keys
			</button>
			{ends.map((end, i) => (
				<button type="button" class="link key" key={end} onClick={() => go(toBase64(bytes.subarray(0, end)))}>
					{showText(toBase64(bytes.subarray(ends[i - 1] ?? 0, end)))}
				</button>
			))}
		</span>
	);
}

interface ListingProps {
	readonly listing: KeyListing;
	readonly prefix: string;
	readonly go: (prefix: string) => void;
	readonly choose: (key: string) => void;
	readonly more: () => void;
}

function Listing({ listing, prefix, go, choose, more }: ListingProps) {
	const below = fromBase64(prefix).length;
	const shortOf = (key: string): string => showText(toBase64(fromBase64(key).subarray(below))) || '(this key)';
	return (
		<div class="scroll">
			<table>
				<thead>
					<tr>
						<th>key</th>
						<th class="number">bytes</th>
						<th class="number">version</th>
						<th class="number">changed in revision</th>
						<th>lease</th>
					</tr>
				</thead>
				<tbody>
					{listing.folders.map(({ prefix: folder }) => (
						<tr key={folder}>
							<td class="wrap" colSpan={5}>
								<button type="button" class="link key" onClick={() => go(folder)}>
									{shortOf(folder)}
								</button>
							</td>
						</tr>
					))}
					{listing.keys.map((row: KeyRow) => (
						<tr key={row.key}>
							<td class="wrap">
								<button type="button" class="link key" onClick={() => choose(row.key)}>
									{shortOf(row.key)}
								</button>
							</td>
							<td class="number">{row.valueBytes}</td>
							<td class="number">{row.version}</td>
							<td class="number">{row.modRevision}</td>
							<td>{row.lease}</td>
						</tr>
					))}
				</tbody>
			</table>
			<p class="faint">
				{listing.folders.length + listing.keys.length} rows at revision {listing.revision}.{' '}
				{listing.next !== null && (
					<button type="button" onClick={more}>
						More
					</button>
				)}
			</p>
		</div>
	);
}
