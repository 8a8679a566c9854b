/**
 * Whether a concurrent history fits some sequential order: the search of Wing and Gong, with Lowe's improvements ("Testing for
 * linearizability", 2017): what was tried is remembered as (set of operations done, state), and histories of independent objects are checked
 * apart. It knows nothing of quorate: a history from a simulation or from a real cluster, and a model, are all that it needs.
 */

/** One object's sequential behaviour. */
export interface Model<State, Action> {
	readonly initial: State;
	/** The state after the action, or null if the action cannot have ended as it did in this state. */
	step(state: State, action: Action): State | null;
	/** Equal states have equal names. */
	nameOf(state: State): string;
}

/** An action between its call and its return; returned is Infinity when nobody knows how it ended. */
export interface Interval<Action> {
	readonly action: Action;
	readonly invoked: number;
	readonly returned: number;
}

export interface CheckOptions {
	/** Steps after which the search gives up. */
	readonly stepsMax: number;
}

export type Result =
	| { readonly kind: 'linearizable'; readonly steps: number }
	/** stuck: the interval at whose return no order was left, by its place in the history. */
	| { readonly kind: 'not_linearizable'; readonly steps: number; readonly stuck: number }
	| { readonly kind: 'undecided'; readonly steps: number };

/** A call or a return, in a doubly linked list ordered by time. */
interface Mark<Action> {
	readonly operation: number;
	readonly action: Action;
	/** Of a call: its return. Of a return: null. */
	readonly end: Mark<Action> | null;
	previous: Mark<Action> | null;
	next: Mark<Action> | null;
}

export function check<State, Action>(model: Model<State, Action>, history: readonly Interval<Action>[], options: CheckOptions): Result {
	return new Search(model, history, options.stepsMax).run();
}

class Search<State, Action> {
	readonly #model: Model<State, Action>;
	readonly #stepsMax: number;
	readonly #head: Mark<Action>;
	readonly #done: Uint32Array;
	readonly #tried = new Set<string>();
	readonly #stack: { readonly call: Mark<Action>; readonly before: State }[] = [];
	#stuck = 0;
	#deepest = -1;

	constructor(model: Model<State, Action>, history: readonly Interval<Action>[], stepsMax: number) {
		this.#model = model;
		this.#stepsMax = stepsMax;
		this.#done = new Uint32Array(Math.ceil(history.length / 32));
		this.#head = link(history);
	}

	run(): Result {
		let state = this.#model.initial;
		let steps = 0;
		for (let mark = this.#head.next; mark !== null; ) {
			steps++;
			if (steps > this.#stepsMax) {
				return { kind: 'undecided', steps };
			}
			if (mark.end === null) {
				// A return whose call is not in the order yet: some earlier choice was wrong.
				this.#note(mark);
				const last = this.#stack.pop();
				if (last === undefined) {
					return { kind: 'not_linearizable', steps, stuck: this.#stuck };
				}
				state = last.before;
				this.#flip(last.call.operation);
				unlift(last.call);
				mark = last.call.next;
				continue;
			}
			const next = this.#tryStep(state, mark);
			if (next === null) {
				mark = mark.next;
			} else {
				this.#stack.push({ call: mark, before: state });
				state = next.state;
				lift(mark);
				mark = this.#head.next;
			}
		}
		return { kind: 'linearizable', steps };
	}

	/** The state with this call put next in the order; null if it does not fit, or was tried in vain. */
	#tryStep(state: State, call: Mark<Action>): { readonly state: State } | null {
		const next = this.#model.step(state, call.action);
		if (next === null) {
			return null;
		}
		this.#flip(call.operation);
		const configuration = `${Buffer.from(this.#done.buffer).toString('latin1')}${this.#model.nameOf(next)}`;
		if (this.#tried.has(configuration)) {
			this.#flip(call.operation);
			return null;
		}
		this.#tried.add(configuration);
		return { state: next };
	}

	#flip(operation: number): void {
		const at = operation >>> 5;
		this.#done[at] = (this.#done[at] as number) ^ (1 << (operation & 31));
	}

	#note(mark: Mark<Action>): void {
		if (this.#stack.length > this.#deepest) {
			this.#deepest = this.#stack.length;
			this.#stuck = mark.operation;
		}
	}
}

/** Calls before returns at one time, so that touching intervals count as concurrent: the clock may be coarse. */
function link<Action>(history: readonly Interval<Action>[]): Mark<Action> {
	const marks: { readonly time: number; readonly isReturn: boolean; readonly mark: Mark<Action> }[] = [];
	history.forEach(({ action, invoked, returned }, operation) => {
		const end: Mark<Action> = { operation, action, end: null, previous: null, next: null };
		marks.push({ time: invoked, isReturn: false, mark: { operation, action, end, previous: null, next: null } });
		marks.push({ time: returned, isReturn: true, mark: end });
	});
	marks.sort((a, b) => (a.time === b.time ? Number(a.isReturn) - Number(b.isReturn) : a.time - b.time));
	const head = { operation: -1, end: null, previous: null, next: null } as unknown as Mark<Action>;
	let last = head;
	for (const { mark } of marks) {
		last.next = mark;
		mark.previous = last;
		last = mark;
	}
	return head;
}

/** Takes a call and its return out of the list. */
function lift<Action>(call: Mark<Action>): void {
	for (const mark of [call, call.end as Mark<Action>]) {
		(mark.previous as Mark<Action>).next = mark.next;
		if (mark.next !== null) {
			mark.next.previous = mark.previous;
		}
	}
}

/** The inverse, in the inverse order. */
function unlift<Action>(call: Mark<Action>): void {
	for (const mark of [call.end as Mark<Action>, call]) {
		(mark.previous as Mark<Action>).next = mark;
		if (mark.next !== null) {
			mark.next.previous = mark;
		}
	}
}
