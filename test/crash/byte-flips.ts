/**
 * One flipped byte in a member's files, and what came of it. A data directory as a stop in order leaves it is kept aside; each flip is made in a copy,
 * on which a member is then started, asked for everything, written to, stopped and started again. Run by byte-flips.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openJournaledLog } from '../../src/adapters/journaled-log.ts';
import type { Index } from '../../src/base/brand.ts';
import { EXIT_CODES } from '../../src/base/fatal.ts';
import type { SeededRandom } from '../../src/base/random.ts';
import { type Member, startMember } from '../support/member.ts';
import { type Ended, NotReadyError } from '../support/server-process.ts';

export interface Flip {
	readonly file: string;
	readonly at: number;
	readonly bit: number;
}

/** refused: by a start, with a line and a code. crashed: LMDB ended it by a signal, and the next start refused. harmless: all was as it had to be. */
export type Outcome = 'refused' | 'crashed' | 'harmless' | `wrong: ${string}`;

export interface Pristine {
	readonly member: Member;
	/** The copy. */
	readonly directory: string;
	/** Key and value of everything, and the hash of the keyspace's history. */
	readonly held: string;
	/** Of what the log holds. */
	readonly log: string;
}

const REFUSALS: readonly (number | null)[] = [EXIT_CODES.log_damaged, EXIT_CODES.store_damaged, EXIT_CODES.log_lost, EXIT_CODES.data_dir_unusable];
const PUTS = 1_500;
/** So that the journal's first segment is full, and folded. */
const VALUE_BYTES = 8_000;
const BLOCK = 64;

/** A member with something in every tree, in its journal and in what the journal is folded into; stopped in order. */
export async function makePristine(directory: string): Promise<Pristine> {
	const member = await startMember();
	const { client } = member;
	for (let i = 0; i < PUTS; i += 10) {
		const size = i % 3 === 0 ? VALUE_BYTES : 40;
		await Promise.all(
			Array.from({ length: 10 }, (_, j) => client.put(`key/${(i + j) % 700}`, `${i + j}`.padEnd(size + VALUE_BYTES * ((i / 10) % 2), '.'))),
		);
	}
	await client.put('k'.repeat(3_000), 'a long key');
	await client.delete('key/1', { rangeEnd: 'key/2' });
	await client.compact(600);
	const held = await readHeld(member);
	await member.stop();
	copyDirectory(member.dataDir, directory);
	// Opening the log leaves a trace in it: another copy is for that.
	const aside = `${directory}-log`;
	copyDirectory(directory, aside);
	const log = digestLog(aside);
	rmSync(aside, { recursive: true });
	return { member, directory, held, log };
}

/** A place in that file; as often as not where something is. */
export function chooseFlip(directory: string, file: string, random: SeededRandom): Flip {
	const bytes = readFileSync(path.join(directory, file));
	const bit = random.below(8);
	if (random.below(2) === 0) {
		const zero = Buffer.alloc(BLOCK);
		const blocks: number[] = [];
		for (let at = 0; at < bytes.length; at += BLOCK) {
			if (!bytes.subarray(at, at + BLOCK).equals(zero.subarray(0, Math.min(BLOCK, bytes.length - at)))) {
				blocks.push(at);
			}
		}
		const block = blocks[random.below(blocks.length)] ?? 0;
		return { file, at: Math.min(bytes.length - 1, block + random.below(BLOCK)), bit };
	}
	return { file, at: random.below(bytes.length), bit };
}

/** The files that have bytes, by their paths within the directory. */
export function filesOf(directory: string): string[] {
	const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
	return names.filter((name) => {
		const found = statSync(path.join(directory, name));
		return found.isFile() && found.size > 0;
	});
}

export async function tryFlip(pristine: Pristine, flip: Flip): Promise<Outcome> {
	const { member, directory } = pristine;
	rmSync(member.dataDir, { recursive: true, force: true });
	copyDirectory(directory, member.dataDir);
	flipByte(path.join(member.dataDir, flip.file), flip);
	try {
		return await judge(pristine);
	} catch (error) {
		return `wrong: ${String(error)}\n${member.tail(12)}`;
	} finally {
		if (member.isRunning) {
			await member.kill();
		}
	}
}

async function judge(pristine: Pristine): Promise<Outcome> {
	const { member } = pristine;
	const ended = await startOrEnd(member);
	if (ended === null) {
		return judgeRunning(pristine);
	}
	if (ended.signal === null) {
		return judgeRefusal(member, ended, 'refused');
	}
	const next = await startOrEnd(member);
	return next === null ? `wrong: ended by ${ended.signal}, and then it started` : judgeRefusal(member, next, 'crashed');
}

function judgeRefusal(member: Member, { code }: Ended, outcome: Outcome): Outcome {
	const said = member.tail(3);
	if (!REFUSALS.includes(code)) {
		return `wrong: ended with ${code}: ${said}`;
	}
	const namesTheCure = code === EXIT_CODES.data_dir_unusable || said.includes('rebuild this member from its peers');
	return namesTheCure ? outcome : `wrong: ${said} does not say how to rebuild`;
}

/** It must hold everything, go on with it, and hold that too. */
async function judgeRunning({ member, held, log, directory }: Pristine): Promise<Outcome> {
	const found = await readHeld(member);
	if (found !== held) {
		return `wrong: it holds ${found}, not ${held}`;
	}
	await Promise.all(Array.from({ length: 60 }, (_, i) => member.client.put(`key/${(i * 17) % 700}`, `again ${i}`.padEnd(VALUE_BYTES / 4, '.'))));
	const later = await readHeld(member);
	const { code } = await member.stop();
	if (code !== 0) {
		return `wrong: it stopped with ${code}: ${member.tail(3)}`;
	}
	if (digestLog(member.dataDir, lastOf(directory)) !== log) {
		return 'wrong: its log holds something else';
	}
	if ((await startOrEnd(member)) !== null) {
		return `wrong: it started once, and not again: ${member.tail(3)}`;
	}
	const latest = await readHeld(member);
	return latest === later ? 'harmless' : `wrong: after the next start it holds ${latest}, not ${later}`;
}

/** null: it runs. */
async function startOrEnd(member: Member): Promise<Ended | null> {
	try {
		await member.start();
		return null;
	} catch (error) {
		if (error instanceof NotReadyError) {
			return error.ended;
		}
		throw error;
	}
}

async function readHeld({ client }: Member): Promise<string> {
	const { kvs, revision } = await client.range('\0', { rangeEnd: '\0', deadlineMs: 30_000 });
	const { hash, compactRevision } = await client.hashKv(0, 30_000);
	const digest = createHash('sha1');
	for (const { key, value, createRevision, modRevision, version } of kvs) {
		digest.update(JSON.stringify([key, value, createRevision, modRevision, version]));
	}
	return `${kvs.length} keys at ${revision}, compacted at ${compactRevision}: ${digest.digest('hex')}, hash ${hash}`;
}

const lasts = new Map<string, number>();

/** The last entry of the pristine log, after it was read once. */
function lastOf(directory: string): number {
	return lasts.get(directory) ?? 0;
}

/** What a log holds up to an entry; without one, all of it. */
function digestLog(directory: string, last?: number): string {
	const log = openJournaledLog(directory, 1);
	const contents = log.contents();
	const end = last ?? contents.last;
	lasts.set(directory.replace(/-log$/, ''), end);
	const { terms, kinds, payloads } = log.read((contents.before.index + 1) as Index, (end + 1) as Index, Number.MAX_SAFE_INTEGER);
	const hash = createHash('sha1').update(JSON.stringify([contents.before, end, terms, kinds]));
	for (const payload of payloads) {
		hash.update(`${payload.length} `).update(payload);
	}
	log.close();
	return hash.digest('hex');
}

function flipByte(file: string, { at, bit }: Flip): void {
	const bytes = readFileSync(file);
	bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
	writeFileSync(file, bytes);
}

/** Segments are mostly zeros: those are not written. */
function copyDirectory(from: string, to: string): void {
	const { status, stderr } = spawnSync('cp', ['-a', '--sparse=always', from, to], { encoding: 'utf8' });
	if (status !== 0) {
		throw new Error(stderr);
	}
}
