import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LISTING_PIECE_CHARACTERS, type ListingAnswer, ListingTurns } from '../../../../src/api/v2/listing-turns.ts';
import { V2Listing } from '../../../../src/v2/listing.ts';

const PIECES = 3;
const FILE = { directory: false, modifiedIndex: 1, createdIndex: 1, expiration: 0 };
const text = new TextEncoder();

/** Of so many nodes, each of which is a piece of its own. */
function makeListing(): V2Listing {
	const value = new Uint8Array(LISTING_PIECE_CHARACTERS).fill(0x78);
	const parts = Array.from({ length: PIECES }, (_, i) => ({
		before: i === 0 ? '' : ',',
		escapedPath: `/${i}`,
		face: { ...FILE, path: text.encode(`/${i}`), value },
		hasTail: true,
	}));
	return new V2Listing(1, parts, 0);
}

class Stage {
	readonly said: string[] = [];
	readonly #works: (() => void)[] = [];
	readonly #turns = new ListingTurns((work) => void this.#works.push(work));

	add(name: string, isThere = true): { isOver: boolean } {
		const answer: ListingAnswer & { isOver: boolean } = {
			isOver: false,
			open: () => {
				this.said.push(`${name} opened`);
				return isThere ? { listing: makeListing(), begin: () => this.said.push(`${name} begun`) } : null;
			},
			write: () => this.said.push(`${name} written`),
			end: () => this.said.push(`${name} ended`),
		};
		this.#turns.add(answer);
		return answer;
	}

	/** False: no turn is to come. */
	turn(): boolean {
		const work = this.#works.shift();
		work?.();
		return work !== undefined;
	}

	run(): readonly string[] {
		while (this.turn()) {}
		return this.said;
	}
}

function wholeOf(name: string): string[] {
	return [`${name} opened`, `${name} begun`, ...Array.from({ length: PIECES }, () => `${name} written`), `${name} ended`];
}

test('v2: listing turns: what waits is not read until the one before is sent', () => {
	const stage = new Stage();
	stage.add('a');
	stage.add('b');
	assert.deepEqual(stage.run(), [...wholeOf('a'), ...wholeOf('b')]);
});

test('v2: listing turns: a piece is printed a turn, and a piece is written a turn', () => {
	const stage = new Stage();
	stage.add('a');
	for (let turns = 0; turns < 1 + PIECES; turns++) {
		stage.turn();
	}
	assert.deepEqual(stage.said, ['a opened']);
	for (let turns = 0; turns < 2; turns++) {
		stage.turn();
	}
	assert.deepEqual(stage.said, ['a opened', 'a begun', 'a written']);
});

test('v2: listing turns: one that nobody waits for any more is not read', () => {
	const stage = new Stage();
	stage.add('a').isOver = true;
	stage.add('b');
	assert.deepEqual(stage.run(), wholeOf('b'));
});

test('v2: listing turns: one that loses its caller while it is printed is not sent, and the next one comes', () => {
	const stage = new Stage();
	const a = stage.add('a');
	stage.add('b');
	stage.turn();
	a.isOver = true;
	assert.deepEqual(stage.run(), ['a opened', ...wholeOf('b')]);
});

test('v2: listing turns: one that finds nothing at its turn makes room for the next', () => {
	const stage = new Stage();
	stage.add('a', false);
	stage.add('b');
	assert.deepEqual(stage.run(), ['a opened', ...wholeOf('b')]);
});
