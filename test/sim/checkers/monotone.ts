/** What may only grow: a disk's term and commit index for ever; what a process tells of its applied index, its generation and its revision (reliability.md I11, I28). */
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

const PROPERTY = 'monotone';

export class Monotone extends Blind {
	readonly #marks = new Map<string, number>();
	/** The revision at each applied index: the same on every member and in every boot. */
	readonly #revisions = new Map<number, number>();

	override told(place: Place, _from: Address, to: string, message: AnyMessage): void {
		if (place.log.isEmptied) {
			return;
		}
		const where = `process ${place.epoch} of member ${place.slot}`;
		switch (message.kind) {
			case 'log_opened':
				// Said once it is secured: what a crash may still take back was nobody's promise.
				this.#grows(`term on the disk of ${place.slot}`, message.term);
				this.#grows(`commit on the disk of ${place.slot}`, message.commit);
				this.#grows(`checkpoint of ${place.slot}`, place.store.durable?.point.index ?? 0);
				return;
			case 'append':
				this.#grows(`term of ${where}`, message.term);
				this.#grows(`commit of ${where}`, message.commit);
				return;
			case 'settled':
				this.#grows(`settled of ${where} to ${to}`, message.upTo);
				this.#grows(`generation of ${where} to ${to}`, message.generation);
				return;
			case 'role_changed':
				this.#grows(`told term of ${where} to ${to}`, message.term);
				return;
			case 'checkpointed':
				this.#grows(`checkpointed of ${where}`, message.index);
				return;
			default:
		}
	}

	override committed(place: Place, engine: MemoryEngine): void {
		const { appliedIndex, revision, compactRevision } = engine.read(readStoreState);
		const where = `process ${place.epoch} of member ${place.slot}`;
		this.#grows(`applied of ${where}`, appliedIndex);
		this.#grows(`revision of ${where}`, revision);
		this.#grows(`compaction of ${where}`, compactRevision);
		const former = this.#revisions.get(appliedIndex) ?? revision;
		demand(
			former === revision,
			'equal states',
			() => `at entry ${appliedIndex} the revision is ${former}, on member ${place.slot} it is ${revision}`,
		);
		this.#revisions.set(appliedIndex, revision);
	}

	#grows(what: string, value: number): void {
		const former = this.#marks.get(what) ?? value;
		demand(value >= former, PROPERTY, () => `${what} falls from ${former} to ${value}`);
		this.#marks.set(what, value);
	}
}
