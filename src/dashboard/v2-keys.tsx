/** The v2 keyspace, read through /v2/keys as any client reads it. */
import { useEffect, useState } from 'preact/hooks';

interface V2Node {
	readonly key?: string;
	readonly value?: string;
	readonly dir?: boolean;
	readonly ttl?: number;
	readonly modifiedIndex?: number;
	readonly nodes?: readonly V2Node[];
}

export function V2Keys() {
	const [path, setPath] = useState('');
	const [node, setNode] = useState<V2Node | string>('…');
	useEffect(() => {
		// An answer that comes after another path was chosen is nobody's.
		const left = new AbortController();
		const show = (told: V2Node | string): void => {
			if (!left.signal.aborted) {
				setNode(told);
			}
		};
		const escaped = path.split('/').map(encodeURIComponent).join('/');
		fetch(`/v2/keys${escaped}?sorted=true`, { signal: left.signal })
			.then((response) => response.json() as Promise<{ readonly node?: V2Node; readonly message?: string }>)
			.then((body) => show(body.node ?? body.message ?? 'no answer'))
			.catch((error: unknown) => show(`no answer from the member: ${String(error)}`));
		return () => left.abort();
	}, [path]);
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
			</p>
			{typeof node === 'string' ? <p class="bad">{node}</p> : <Node node={node} go={setPath} />}
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
