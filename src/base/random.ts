/** Chance, handed in from outside so that a run can be repeated. No floats: the same bytes on every machine. */
export interface Random {
	/** Uniform in [0, bound), bound from 1 to 2^31. */
	below(bound: number): number;
}

/** xorshift128 over 32-bit integers, seeded by splitmix; good enough for election jitter and simulations, not for secrets. */
export class SeededRandom implements Random {
	#a: number;
	#b: number;
	#c: number;
	#d: number;

	constructor(seed: number) {
		let state = seed | 0;
		const next = (): number => {
			state = (state + 0x9e3779b9) | 0;
			let z = state;
			z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
			z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
			return z ^ (z >>> 16);
		};
		this.#a = next();
		this.#b = next();
		this.#c = next();
		this.#d = next() | 1;
	}

	below(bound: number): number {
		let t = this.#d;
		const s = this.#a;
		this.#d = this.#c;
		this.#c = this.#b;
		this.#b = s;
		t ^= t << 11;
		t ^= t >>> 8;
		this.#a = t ^ s ^ (s >>> 19);
		return (this.#a >>> 0) % bound;
	}

	/** A stream of its own, drawn from this one. */
	fork(): SeededRandom {
		return new SeededRandom(this.below(2 ** 31));
	}
}
