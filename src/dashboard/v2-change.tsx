/** Changes of the v2 keyspace, through /v2/keys as any client makes them, and only if nobody was faster: prevIndex and prevExist. */
import { useState } from 'preact/hooks';
import { addressOfV2, type V2Answer, type V2Node } from './v2-node.ts';

/** What went wrong; empty: it was done. */
async function change(method: 'PUT' | 'DELETE', path: string, condition: Readonly<Record<string, string>>, form: Readonly<Record<string, string>>) {
	try {
		const body = method === 'PUT' ? { body: new URLSearchParams(form) } : {};
		const response = await fetch(`${addressOfV2(path)}?${new URLSearchParams(condition)}`, { method, ...body });
		const { message, cause } = (await response.json()) as V2Answer;
		return response.ok ? '' : [message ?? `the member answered ${response.status}`, cause].filter(Boolean).join(': ');
	} catch (error) {
		return `no answer from the member: ${String(error)}`;
	}
}

interface ChangeProps {
	readonly node: V2Node;
	readonly changed: () => void;
	readonly deleted: () => void;
}

/** A file; what its time to live has left it keeps. */
export function V2Change({ node: { key = '', value = '', ttl, modifiedIndex = 0 }, changed, deleted }: ChangeProps) {
	const [problem, setProblem] = useState('');
	const condition = { prevIndex: String(modifiedIndex) };
	const ifDone = (then: () => void) => (outcome: string) => {
		setProblem(outcome);
		if (outcome === '') {
			then();
		}
	};
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				const form = { value: textOf(event.currentTarget, 'value'), ...(ttl === undefined ? {} : { ttl: String(ttl) }) };
				void change('PUT', key, condition, form).then(ifDone(changed));
			}}
		>
			<textarea name="value" aria-label="New value" key={modifiedIndex} defaultValue={value} />
			<div class="row">
				<button type="submit">Save</button>
				<button type="button" onClick={() => confirm('Delete this key?') && void change('DELETE', key, condition, {}).then(ifDone(deleted))}>
					Delete
				</button>
				<Problem text={problem} />
			</div>
		</form>
	);
}

export function V2NewKey({ path, changed }: { readonly path: string; readonly changed: () => void }) {
	const [problem, setProblem] = useState('');
	return (
		<form
			class="panel"
			onSubmit={(event) => {
				event.preventDefault();
				const form = event.currentTarget;
				void change('PUT', textOf(form, 'key'), { prevExist: 'false' }, { value: textOf(form, 'value') }).then((outcome) => {
					setProblem(outcome);
					if (outcome === '') {
						form.reset();
						changed();
					}
				});
			}}
		>
			<div class="row">
				<label>
					new key <input name="key" required pattern="/.*[^/]" title="begins with a slash" key={path} defaultValue={`${path}/`} />
				</label>
				<button type="submit">Create</button>
				<Problem text={problem} />
			</div>
			<textarea name="value" aria-label="Value of the new key" />
		</form>
	);
}

/** Browsers send the ends of lines as \r\n. */
function textOf(form: HTMLFormElement, name: string): string {
	return String(new FormData(form).get(name) ?? '').replaceAll('\r\n', '\n');
}

function Problem({ text }: { readonly text: string }) {
	return text === '' ? null : (
		<span class="bad" role="alert">
			{text}
		</span>
	);
}
