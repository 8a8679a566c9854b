/** Indices of the v2 API counted from where a scenario began: what is compared is how they grow. */
import type { Member } from '../support/member.ts';
import { known, type Rule } from './known-differences.ts';

export async function v2Index(member: Member): Promise<number> {
	const answer = await fetch(`${member.clientUrl}/v2/keys`);
	return Number(answer.headers.get('x-etcd-index'));
}

/** "+3" for the third index after base; 0 stays 0, which says that a request never got to the tree. */
export function v2IndexRules(base: number): readonly Rule[] {
	const relative = (digits: string): string => (Number(digits) === 0 ? '0' : `+${Number(digits) - base}`);
	const counted = (pattern: RegExp): Rule => known('v2-index', pattern, (_whole, before = '', digits = '') => before + relative(digits));
	return [
		counted(/("(?:modifiedIndex|createdIndex|index)":)(\d+)/g),
		counted(/(X-Etcd-Index: )(\d+)/g),
		counted(/((?:Created-Index|Modified-Index|Index): )(\d+)/g),
		// etcdctl's "Error:  100: Key not found (/a) [7]", a failed compare's "[7 != 9]", an in-order name.
		counted(/( \[)(\d+)(?=\]$)/gm),
		counted(/(\[| != )(\d+)(?=\]| != )/g),
		counted(/(\/)(\d{20})\b/g),
		counted(/(prevIndex=|--(?:swap-with|with)-index )(\d+)/g),
		known('v2-index', /Content-Length: \d+/g, 'Content-Length: N'),
	];
}
