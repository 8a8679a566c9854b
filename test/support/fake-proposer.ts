/** Leader-only proposals as a test wants them: kept, and answered when it says so. */
import type { LeaderDone, LeaderProposer } from '../../src/actors/leader-commands.ts';
import type { Term } from '../../src/base/brand.ts';
import { EMPTY_BYTES } from '../../src/base/bytes.ts';
import type { CommandKind } from '../../src/protocol/command.ts';

export class FakeProposer implements LeaderProposer {
	/** null: this member does not lead. */
	leadingTerm: Term | null = 3 as Term;
	readonly proposed: { readonly kind: CommandKind; readonly body: Uint8Array; readonly done: LeaderDone }[] = [];

	propose(kind: CommandKind, body: Uint8Array, done: LeaderDone): boolean {
		this.proposed.push({ kind, body, done });
		return true;
	}

	/** The newest one was executed, with this code. */
	settle(code = 0): void {
		this.proposed.at(-1)?.done({ kind: 'settled', code, response: EMPTY_BYTES });
	}

	/** The newest one's outcome is unknown. */
	lose(): void {
		this.proposed.at(-1)?.done({ kind: 'lost' });
	}
}
