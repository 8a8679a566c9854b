/** How far the bench is: one line that is drawn again on a terminal, a line now and then elsewhere. Used by bench/latency. */

const BAR_WIDTH = 24;
/** Elsewhere than on a terminal. */
const LINE_EVERY_MS = 10_000;

export interface Screen {
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
	write(text: string): unknown;
}

export class Progress {
	readonly #screen: Screen;
	readonly #now: () => number;
	readonly #began: number;
	#lineAt = Number.NEGATIVE_INFINITY;

	constructor(screen: Screen, now: () => number = () => performance.now()) {
		this.#screen = screen;
		this.#now = now;
		this.#began = now();
	}

	/** share: from 0 to 1, of the whole. */
	show(share: number, what: string): void {
		const now = this.#now();
		const text = barOf({ share, what, seconds: (now - this.#began) / 1_000 });
		if (this.#screen.isTTY === true) {
			this.#screen.write(`\r${text.slice(0, (this.#screen.columns ?? 80) - 1)}\x1b[K`);
		} else if (now - this.#lineAt >= LINE_EVERY_MS) {
			this.#lineAt = now;
			this.#screen.write(`${text}\n`);
		}
	}

	/** Text that stays; the bar comes again below it. */
	print(text: string): void {
		this.#screen.write(this.#screen.isTTY === true ? `\r\x1b[K${text}\n` : `${text}\n`);
	}
}

export interface Bar {
	readonly share: number;
	readonly what: string;
	/** Since the beginning. */
	readonly seconds: number;
}

export function barOf({ share, what, seconds }: Bar): string {
	const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
	const left = share > 0.01 ? `, about ${clockOf((seconds / share) * (1 - share))} left` : '';
	return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)} %  ${clockOf(seconds)}${left}  ${what}`;
}

function clockOf(seconds: number): string {
	const whole = Math.max(0, Math.round(seconds));
	const minutes = Math.floor(whole / 60) % 60;
	const hours = Math.floor(whole / 3_600);
	const two = (value: number): string => `${value}`.padStart(2, '0');
	return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
