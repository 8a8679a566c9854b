/** The v2 keyspace, read through /v2/keys as any client reads it; v2-change.tsx changes it where that is allowed. */
import { useEffect, useState } from 'preact/hooks';
import { V2Change, V2NewKey } from './v2-change.tsx';
import { addressOfV2, type V2Answer, type V2Node } from './v2-node.ts';

export function V2Keys({ writes }: { readonly writes: boolean }) {
	const [path, setPath] = useState('');
	const [node, setNode] = useState<V2Node | string>('…');
	const [round, setRound] = useState(0);
	const refresh = (): void => setRound((before) => before + 1);
	useEffect(() => {
		// An answer that comes after another path was chosen is nobody's.
		const left = new AbortController();
		const show = (told: V2Node | string): void => {
			if (!left.signal.aborted) {
				setNode(told);
			}
		};
		fetch(`${addressOfV2(path)}?sorted=true`, { signal: left.signal })
			.then((response) => response.json() as Promise<V2Answer>)
			.then((body) => show(body.node ?? body.message ?? 'no answer'))
			.catch((error: unknown) => show(`no answer from the member: ${String(error)}`));
		return () => left.abort();
	}, [path, round]);
	const parts = path.split('/').slice(1);
	return (
		<>
			<p class="row">
				<button type="button" class="link" onClick={() => setPath('')}>
					all keys
				</button>
				{parts.map((part, i) => (
					<button type="button" class="link key" key={i} onClick={() => setPath(`/${parts.slice(0, i + 1).join('/')}`)}>
						/{part}
					</button>
				))}
				<button type="button" onClick={refresh}>
					Refresh
				</button>
			</p>
			{typeof node === 'string' ? <p class="bad">{node}</p> : <Node node={node} go={setPath} />}
			{writes && typeof node !== 'string' && node.dir !== true && (
				<V2Change key={node.key} node={node} changed={refresh} deleted={() => setPath(path.slice(0, path.lastIndexOf('/')))} />
			)}
			{writes && typeof node !== 'string' && node.dir === true && <V2NewKey path={path} changed={refresh} />}
		</>
	);
}

function Node({ node, go }: { readonly node: V2Node; readonly go: (path: string) => void }) {
	if (node.dir !== true) {
		return (
			<section class="panel">
				<p class="key">
					<strong>{node.key}</strong>
				</p>
				<pre>{node.value}</pre>
				<p class="faint">
					changed at index {node.modifiedIndex}
					{node.ttl === undefined ? '' : `, ${node.ttl} s to live`}
				</p>
			</section>
		);
	}
	return (
		<div class="scroll">
			<table>
				<thead>
					<tr>
						<th>key</th>
						<th>value</th>
						<th class="number">changed at index</th>
						<th class="number">s to live</th>
					</tr>
				</thead>
				<tbody>
					{(node.nodes ?? []).map(({ key = '', value, dir, ttl, modifiedIndex }) => (
						<tr key={key}>
							<td class="wrap">
								<button type="button" class="link key" onClick={() => go(key)}>
									{key.slice(key.lastIndexOf('/') + 1)}
									{dir === true ? '/' : ''}
								</button>
							</td>
							<td class="wrap key">{value ?? ''}</td>
							<td class="number">{modifiedIndex}</td>
							<td class="number">{ttl ?? ''}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
