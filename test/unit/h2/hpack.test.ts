/** The vectors are those of RFC 7541, appendix C. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { H2ConnectionError } from '../../../src/h2/frames.ts';
import { HpackDecoder } from '../../../src/h2/hpack-decoder.ts';
import { decodeHuffman } from '../../../src/h2/huffman.ts';
import { CODES_BY_LENGTH, END_SYMBOL } from '../../../src/h2/huffman-codes.ts';

interface Vector {
	readonly hex: string;
	readonly fields: readonly string[];
	/** Of the dynamic table afterwards. */
	readonly tableBytes: number;
}

const FIRST_REQUEST = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
const SECOND_REQUEST = [...FIRST_REQUEST, 'cache-control: no-cache'];
const THIRD_REQUEST = [':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com', 'custom-key: custom-value'];
const REQUESTS = [FIRST_REQUEST, SECOND_REQUEST, THIRD_REQUEST];

const DATE = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
const LOCATION = 'location: https://www.example.com';
const COOKIE = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const RESPONSES = [
	[':status: 302', 'cache-control: private', DATE, LOCATION],
	[':status: 307', 'cache-control: private', DATE, LOCATION],
	[':status: 200', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:22 GMT', LOCATION, 'content-encoding: gzip', COOKIE],
];

/** Blocks of one connection, with the fields and the size of the table after each. */
function vectors(blocks: readonly string[], fields: readonly (readonly string[])[], tableBytes: readonly number[]): Vector[] {
	return blocks.map((hex, i) => ({ hex, fields: fields[i] ?? [], tableBytes: tableBytes[i] ?? 0 }));
}

function decode(decoder: HpackDecoder, block: Uint8Array): string[] | null {
	return decoder.decode(block, 0, block.length)?.map(({ name, value }) => `${name}: ${value}`) ?? null;
}

function check(decoder: HpackDecoder, cases: readonly Vector[]): void {
	for (const { hex, fields, tableBytes } of cases) {
		assert.deepEqual(decode(decoder, Buffer.from(hex, 'hex')), fields);
		assert.equal(decoder.tableBytes, tableBytes);
	}
}

test('h2: hpack: one field of each representation (C.2)', () => {
	check(new HpackDecoder(), [{ hex: '400a637573746f6d2d6b65790d637573746f6d2d686561646572', fields: ['custom-key: custom-header'], tableBytes: 55 }]);
	check(new HpackDecoder(), [{ hex: '040c2f73616d706c652f70617468', fields: [':path: /sample/path'], tableBytes: 0 }]);
	check(new HpackDecoder(), [{ hex: '100870617373776f726406736563726574', fields: ['password: secret'], tableBytes: 0 }]);
	check(new HpackDecoder(), [{ hex: '82', fields: [':method: GET'], tableBytes: 0 }]);
});

test('h2: hpack: requests without Huffman coding (C.3)', () => {
	const blocks = [
		'828684410f7777772e6578616d706c652e636f6d',
		'828684be58086e6f2d6361636865',
		'828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
	];
	check(new HpackDecoder(), vectors(blocks, REQUESTS, [57, 110, 164]));
});

test('h2: hpack: requests with Huffman coding (C.4)', () => {
	const blocks = ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf', '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'];
	check(new HpackDecoder(), vectors(blocks, REQUESTS, [57, 110, 164]));
});

test('h2: hpack: responses without Huffman coding, in a table that has to make room (C.5)', () => {
	const blocks = [
		'4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
		'4803333037c1c0bf',
		'88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
	];
	check(new HpackDecoder(256), vectors(blocks, RESPONSES, [222, 222, 215]));
});

test('h2: hpack: responses with Huffman coding, in a table that has to make room (C.6)', () => {
	const blocks = [
		'488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
		'4883640effc1c0bf',
		'88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
	];
	check(new HpackDecoder(256), vectors(blocks, RESPONSES, [222, 222, 215]));
});

test('h2: huffman: every string of bytes comes back from its code', () => {
	const codes = new Map<number, string>();
	for (const [bits, { first, symbols }] of CODES_BY_LENGTH.entries()) {
		for (const [i, symbol] of symbols.entries()) {
			codes.set(symbol, (first + i).toString(2).padStart(bits, '0'));
		}
	}
	assert.equal(codes.size, 257);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), (text) => {
			const bits = Array.from(text, (symbol) => codes.get(symbol)).join('');
			const padded = bits.padEnd(8 * Math.ceil(bits.length / 8), '1');
			const bytes = Uint8Array.from({ length: padded.length / 8 }, (_, i) => Number.parseInt(padded.slice(8 * i, 8 * i + 8), 2));
			assert.equal(decodeHuffman(bytes, 0, bytes.length), Buffer.from(text).toString('latin1'));
		}),
	);
	assert.equal(codes.get(END_SYMBOL), '1'.repeat(30));
});

test('h2: huffman: padding of a byte or of zeros, and the symbol that ends a string, are refused', () => {
	// '0' is 00000.
	assert.equal(decodeHuffman(Buffer.from('07', 'hex'), 0, 1), '0');
	for (const hex of ['07ff', '00', '03', 'ffffffff', 'ffffffffff']) {
		const bytes = Buffer.from(hex, 'hex');
		assert.equal(decodeHuffman(bytes, 0, bytes.length), null, hex);
	}
});

test('h2: hpack: any bytes give fields or a compression error, and the table keeps its size', () => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 8 }), (blocks) => {
			const decoder = new HpackDecoder();
			for (const block of blocks) {
				try {
					decoder.decode(block, 0, block.length);
				} catch (error) {
					assert(error instanceof H2ConnectionError);
					assert.equal(error.code, 9);
					return;
				}
				assert(decoder.tableBytes <= 4_096);
			}
		}),
		{ numRuns: 3_000 },
	);
});

test('h2: hpack: what breaks a rule is a compression error', () => {
	const cases = {
		'index 0': '80',
		'an index that is not there': 'be',
		'an integer of absurd length': 'ffffffffffff',
		'a string longer than the block': '400a6162',
		'a block that ends in a name': '40',
		'a table larger than we allow': '3fe21f',
		'a change of size that is not at the start': '8220',
	};
	for (const [what, hex] of Object.entries(cases)) {
		const bytes = Buffer.from(hex, 'hex');
		assert.throws(() => new HpackDecoder().decode(bytes, 0, bytes.length), { name: 'H2ConnectionError', code: 9 }, what);
	}
});

test('h2: hpack: a change of size at the start empties the table', () => {
	const decoder = new HpackDecoder();
	decode(decoder, Buffer.from('400a637573746f6d2d6b65790d637573746f6d2d686561646572', 'hex'));
	assert.deepEqual(decode(decoder, Buffer.from('2082', 'hex')), [':method: GET']);
	assert.equal(decoder.tableBytes, 0);
});

test('h2: hpack: a block that unfolds to too much is given up, and the next one is understood', () => {
	const decoder = new HpackDecoder();
	// x: and 3,072 bytes, whose length is 127 + 1 + 23 * 128.
	const insert = Buffer.concat([Buffer.from('4001787f8117', 'hex'), Buffer.alloc(3_072, 'v')]);
	assert.deepEqual(decode(decoder, insert)?.length, 1);
	assert.equal(decode(decoder, Buffer.alloc(20_000, 0xbe)), null);
	assert.deepEqual(decode(decoder, Buffer.from('82', 'hex')), [':method: GET']);
});
