/** etcd's feature gates (reference/etcd-surface.md 4.2): which there are, which do something here, and why the others do not. Used by check.ts. */
import type { BrokenRule } from './security-check.ts';
import type { Values } from './values.ts';

/** null: it does what it does in etcd. */
const GATES: ReadonlyMap<string, string | null> = new Map([
	['InitialCorruptCheck', null],
	['StopGRPCServiceOnDefrag', 'there is no defragmentation that could block'],
	['CompactHashCheck', 'compactions are compared, unless --compact-hash-check-time is 0'],
	['TxnModeWriteWithSharedBuffer', 'the storage engine is another one'],
	['LeaseCheckpoint', 'what is left of a lease is always replicated'],
	['LeaseCheckpointPersist', 'what is left of a lease is always replicated'],
	['SetMemberLocalAddr', 'the system chooses the address that members are dialed from'],
	['FastLeaseKeepAlive', 'keep-alives need no entry of the log'],
	['PriorityRequest', 'lease revokes are never held back'],
	['AllAlpha', 'it turns on its trials, of which only InitialCorruptCheck means something here: name that'],
	['AllBeta', 'the gates of that stage have no effect here'],
]);
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

type Read = { readonly gates: ReadonlyMap<string, boolean> } | { readonly rule: string };

export function brokenGates(values: Values): BrokenRule | null {
	const read = readGates(values['feature-gates']);
	if ('rule' in read) {
		return { option: 'feature-gates', rule: read.rule };
	}
	if (read.gates.get('LeaseCheckpointPersist') === true && read.gates.get('LeaseCheckpoint') !== true) {
		return { option: 'feature-gates', rule: 'has LeaseCheckpointPersist=true, which needs LeaseCheckpoint=true' };
	}
	return null;
}

/** Of checked values. */
export function isGateOpen(values: Values, gate: string): boolean {
	const read = readGates(values['feature-gates']);
	return 'gates' in read && read.gates.get(gate) === true;
}

export function gateWarnings(values: Values): readonly string[] {
	const read = readGates(values['feature-gates']);
	const names = 'gates' in read ? [...read.gates.keys()] : [];
	return names.flatMap((name) => {
		const why = GATES.get(name) ?? null;
		return why === null ? [] : [`--feature-gates: ${name}: has no effect: ${why}`];
	});
}

function readGates(text: string): Read {
	const gates = new Map<string, boolean>();
	for (const word of text.split(',').map((each) => each.trim())) {
		if (word === '') {
			continue;
		}
		const [name = '', value] = word.split('=').map((each) => each.trim());
		if (!GATES.has(name)) {
			return { rule: `has the unrecognized feature gate ${JSON.stringify(name)}: there are ${[...GATES.keys()].join(', ')}` };
		}
		if (value === undefined || !(TRUE.includes(value) || FALSE.includes(value))) {
			return { rule: `must say ${name}=true or ${name}=false` };
		}
		gates.set(name, TRUE.includes(value));
	}
	return { gates };
}
