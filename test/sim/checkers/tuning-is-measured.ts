/**
 * A leader that lowers the election timeout leaves room for what it was told in the second before: four round trips, and twice the silence and the flush
 * of each voter (raft/tuning.ts). Round trips are counted in the stamps of its own questions, so that a process that stood still is no evidence.
 */
import type { Slot } from '../../../src/base/brand.ts';
import { readUint32 } from '../../../src/base/uint48.ts';
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import { decodeEnvelope } from '../../../src/protocol/peer-codec.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Envelope } from '../../../src/raft/message.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import type { MembershipFacts } from './membership-facts.ts';

/** A leader's words in one term. */
interface Reign {
	readonly term: number;
	/** The stamp of its newest question. */
	asked: number;
	readonly heard: Heard[];
}

interface Heard {
	readonly from: Slot;
	/** The newest question when it came. */
	readonly at: number;
	/** The least timeout that it allows, in ticks. */
	readonly needed: number;
}

const TICK_MILLISECONDS = 10;
const MILLISECONDS_MAX = 5_000;
/** Older words may be forgotten; newer ones may wait in front of raft. */
const HEARD_TICKS = 100;
const WAITING_TICKS = 20;

export class TuningIsMeasured extends Blind {
	readonly #facts: MembershipFacts;
	readonly #configured: () => number;
	readonly #reigns = new Map<number, Reign>();
	/** In force, as the store of each process has told it. */
	readonly #inForce = new Map<number, number>();
	readonly #proposals = new Set<string>();
	lowered = 0;

	/** configured: the election timeout that a member begins with, in milliseconds. */
	constructor(facts: MembershipFacts, configured: () => number) {
		super();
		this.#facts = facts;
		this.#configured = configured;
	}

	override left({ epoch }: Place, { term, message }: Envelope): void {
		if (message.kind !== 'timing_request') {
			return;
		}
		const reign = this.#reigns.get(epoch);
		if (reign?.term !== term) {
			this.#reigns.set(epoch, { term, asked: message.stamp, heard: [] });
			return;
		}
		reign.asked = message.stamp;
		while ((reign.heard[0]?.at ?? reign.asked) < reign.asked - HEARD_TICKS) {
			reign.heard.shift();
		}
	}

	override told(place: Place, from: Address, to: string, message: AnyMessage): void {
		if (message.kind === 'received' && to === 'raft/0') {
			const reign = this.#reigns.get(place.epoch);
			const envelope = reign === undefined ? null : decodeEnvelope(message.bytes);
			if (reign !== undefined && envelope?.term === reign.term && envelope.message.kind === 'timing_reply') {
				const { stamp, silence, flush } = envelope.message;
				reign.heard.push({ from: envelope.from, at: reign.asked, needed: Math.max(4 * (reign.asked - stamp), 2 * silence, 2 * flush) });
			}
		} else if (message.kind === 'tuned' && from.role === 'store') {
			this.#inForce.set(place.epoch, message.electionMilliseconds);
		} else if (message.kind === 'append') {
			for (const payload of message.payloads) {
				this.#proposed(place, payload);
			}
		}
	}

	#proposed(place: Place, payload: Uint8Array): void {
		const command = decodeCommand(payload);
		if (command?.kind !== COMMAND_KIND.tune || command.origin.slot !== place.slot) {
			return;
		}
		const { boot, requestId } = command.origin;
		const name = `${place.slot} ${boot} ${requestId}`;
		const milliseconds = readUint32(command.body, 0);
		if (this.#proposals.has(name) || milliseconds >= (this.#inForce.get(place.epoch) ?? this.#configured())) {
			return;
		}
		this.#proposals.add(name);
		this.lowered++;
		const { asked, heard } = this.#reigns.get(place.epoch) ?? { asked: 0, heard: [] };
		for (const { from, at, needed } of heard) {
			demand(
				asked - at < WAITING_TICKS || !this.#isVoter(from) || milliseconds >= Math.min(MILLISECONDS_MAX, TICK_MILLISECONDS * needed),
				'tuning is measured',
				() => `member ${place.slot} proposes an election timeout of ${milliseconds} ms, member ${from} has told it of a need of ${needed} ticks`,
			);
		}
	}

	/** By this membership and the one before, since the leader may not have applied it. */
	#isVoter(slot: Slot): boolean {
		return this.#facts.history.slice(-2).every(({ voters }) => voters.includes(slot));
	}
}
