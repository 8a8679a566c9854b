/** The elections that the member which serves the page has seen since it started. */
import type { ElectionState, MemberRow } from '../ports/dashboard-state.ts';
import { showAge, showTime } from './format.ts';
import { titleOf } from './member-title.ts';

const SHOWN_MAX = 20;

export function Elections({ members }: { readonly members: readonly MemberRow[] }) {
	const self = members.find(({ isSelf }) => isSelf);
	const seen = self?.state?.elections ?? [];
	const nameOf = (id: string): string =>
		id === '' ? 'a member that has left' : titleOf(members.find((member) => member.id === id) ?? { id, name: '' });
	return (
		<>
			<h2>Elections</h2>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>when</th>
							<th class="number">term</th>
							<th>leader</th>
							<th class="number">without a leader</th>
							<th>why</th>
						</tr>
					</thead>
					<tbody>
						{[...seen]
							.reverse()
							.slice(0, SHOWN_MAX)
							.map((election) => (
								<tr key={election.term + election.leader} data-term={election.term}>
									<td>
										{showTime(election.at)} <span class="faint">({showAge(Date.now() - election.at)} ago)</span>
									</td>
									<td class="number">{election.term}</td>
									<td>{nameOf(election.leader)}</td>
									<td class="number">{election.leaderlessMs === null ? '–' : `${election.leaderlessMs} ms`}</td>
									<td class="wrap">{reasonOf(election, self === undefined ? '' : titleOf(self))}</td>
								</tr>
							))}
					</tbody>
				</table>
			</div>
			<p class="faint">As {self === undefined ? 'this member' : titleOf(self)} saw them since it started; times in steps of a heartbeat.</p>
		</>
	);
}

function reasonOf({ cause }: ElectionState, self: string): string {
	switch (cause) {
		case 'boot':
			return `${self} found this leader when it started`;
		case 'silence':
			return `${self} had heard no leader for an election timeout`;
		default:
			return 'another member began it, or the leader handed over';
	}
}
