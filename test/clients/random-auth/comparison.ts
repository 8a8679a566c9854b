/** Carries out steps on both systems until an answer differs in another way than known-differences.md says. Who holds which token is known here. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { refusalOf } from './advisories.ts';
import type { Answer, Caller } from './caller.ts';
import { type AnyRequest, NOBODY, ROOT, STRANGER, type Step, USERS } from './steps.ts';
import type { Subjects } from './subjects.ts';

export interface Difference {
	readonly at: number;
	readonly step: Step;
	readonly quorate: string;
	readonly etcd: string;
}

type Tokens = { readonly quorate: string; readonly etcd: string };
type Ask = Extract<Step, { readonly kind: 'request' }>;

const NOBODYS = { quorate: 'nobody.1', etcd: 'nobody.1' };
const NONE = { quorate: null, etcd: null };
const INVALID_TOKEN = 'status 16: etcdserver: invalid auth token';
/** What is said of a request before anybody looks at what it is about. */
const FORM = /^status 3: etcdserver: (?:key is not provided|duplicate key given|value is provided|lease is provided|mvcc: required|too many)/;
const REFUSED = /^status (?:3|7|16): etcdserver: (.*)$/;
const MAINTENANCE_REFUSED = /^status 2: auth: (.*)$/;
const WATCH_REFUSED = /^(?:canceled: .*(?:permission denied|user name is empty|invalid auth token).*|status (?:3|7|16): .*)$/;

export class Comparison {
	readonly #subjects: Subjects;
	readonly #tokens = new Map<string, Tokens>();
	readonly #passwords = new Map<string, string>();
	#enabled = false;
	#revision = 1;
	/** Kinds of answers, and how often each was equal. */
	readonly met = new Map<string, number>();

	constructor(subjects: Subjects) {
		this.#subjects = subjects;
	}

	async findDifference(steps: readonly Step[]): Promise<Difference | null> {
		for (const [at, step] of steps.entries()) {
			const found = await this.#carryOut(step);
			if (found !== null) {
				return { at, step, ...found };
			}
		}
		return null;
	}

	/** Members hash equal, users, roles and tokens too; and say of users and roles what etcd says. */
	async findUnequalEnd(): Promise<string | null> {
		await this.#subjects.rejoin();
		const unequal = await this.#unequalMembers();
		const requests: AnyRequest[] = [{ kind: 'user_list' }, { kind: 'role_list' }, ...USERS.map((name) => ({ kind: 'user_get' as const, name }))];
		for (const [at, request] of requests.entries()) {
			const found = await this.#request({ kind: 'request', who: ROOT, at, request });
			if (found !== null) {
				return JSON.stringify({ request, ...found });
			}
		}
		return unequal;
	}

	async #carryOut(step: Step): Promise<{ readonly quorate: string; readonly etcd: string } | null> {
		switch (step.kind) {
			case 'kill':
				await this.#subjects.kill(step.at);
				return null;
			case 'rejoin': {
				if (!(await this.#subjects.rejoin())) {
					return null;
				}
				// A member forgets tokens with its process; what it has of users and roles is what the others have.
				this.#tokens.clear();
				const unequal = await this.#unequalMembers();
				return unequal === null ? null : { quorate: unequal, etcd: '' };
			}
			case 'request':
				return this.#request(step);
		}
	}

	async #request(step: Ask): Promise<{ readonly quorate: string; readonly etcd: string } | null> {
		const quorate = await this.#subjects.member(step.at);
		const first = await this.#askBoth(quorate, step);
		if (first !== INVALID_TOKEN || step.who === STRANGER || !this.#tokens.delete(step.who)) {
			return typeof first === 'string' ? null : first;
		}
		// His token is over: with a new one the same is asked again.
		const second = await this.#askBoth(quorate, step);
		return typeof second === 'string' ? null : second;
	}

	/** The answer of both, or what each said. */
	async #askBoth(quorate: Caller, { who, request }: Ask): Promise<string | { readonly quorate: string; readonly etcd: string }> {
		const tokens = await this.#tokensOf(quorate, who);
		if ('differ' in tokens) {
			return tokens.differ;
		}
		const { etcd } = this.#subjects;
		// `auth-off-token`
		const token = this.#enabled ? tokens.etcd : null;
		const password = request.kind === 'authenticate' ? this.#passwordFor(request) : '';
		const refusal = await refusalOf(etcd, request, token, USERS.includes(who) ? who : ROOT);
		const [ours, sent] = await Promise.all([
			askInTurn(quorate, request, tokens.quorate, this.#revision, password),
			refusal === null ? etcd.ask(request, token, this.#revision, password) : null,
		]);
		// A malformed request is refused for that first, whoever sends it.
		const theirs = sent ?? (FORM.test(ours.text) ? await etcd.ask(request, token, this.#revision) : null);
		const expected = theirs?.text ?? (refusal as string);
		if (!isEqual(request, ours.text, expected)) {
			return { quorate: ours.text, etcd: expected };
		}
		this.#note(request, ours);
		this.#count(request, expected);
		return ours.text;
	}

	/** That he brings: his own if he has any, or can log in for it. */
	async #tokensOf(
		quorate: Caller,
		who: string,
	): Promise<Tokens | typeof NONE | { readonly differ: { readonly quorate: string; readonly etcd: string } }> {
		const password = this.#passwords.get(who);
		if (who === NOBODY) {
			return NONE;
		}
		const held = this.#tokens.get(who);
		if (held !== undefined || !this.#enabled || password === undefined) {
			return held ?? NOBODYS;
		}
		const request = { kind: 'authenticate', name: who, isRight: true } as const;
		const [ours, theirs] = await Promise.all([askInTurn(quorate, request, null, 0, password), this.#subjects.etcd.ask(request, null, 0, password)]);
		if (ours.text !== 'ok' || theirs.text !== 'ok') {
			return { differ: { quorate: `login of ${who}: ${ours.text}`, etcd: `login of ${who}: ${theirs.text}` } };
		}
		const tokens = { quorate: ours.token, etcd: theirs.token };
		this.#tokens.set(who, tokens);
		return tokens;
	}

	#passwordFor({ name, isRight }: { readonly name: string; readonly isRight: boolean }): string {
		return isRight ? (this.#passwords.get(name) ?? 'unknown') : 'wrong';
	}

	/** What a request that was granted means for those that come. */
	#note(request: AnyRequest, { text, revision }: Answer): void {
		this.#revision = Math.max(this.#revision, revision);
		if (text.startsWith('status')) {
			return;
		}
		if (request.kind === 'auth_enable' || request.kind === 'auth_disable') {
			this.#enabled = request.kind === 'auth_enable';
		} else if (request.kind === 'user_delete') {
			this.#passwords.delete(request.name);
		} else if (request.kind === 'user_add' && request.password !== null) {
			this.#passwords.set(request.name, request.password);
		} else if (request.kind === 'user_change_password' && this.#passwords.has(request.name)) {
			this.#passwords.set(request.name, request.password);
		}
	}

	#count({ kind }: AnyRequest, answer: string): void {
		const met = answer.startsWith('status') || answer.startsWith('canceled') ? `${kind}: ${answer}` : kind;
		this.met.set(met, (this.met.get(met) ?? 0) + 1);
	}

	async #unequalMembers(): Promise<string | null> {
		const members = await this.#subjects.all();
		const tokens = await this.#tokensOf(members[0] as Caller, ROOT);
		assert.ok(!('differ' in tokens), `root logs in: ${JSON.stringify(tokens)}`);
		// One after the other has come as far as the others are.
		await this.#subjects.all();
		const hashes = await Promise.all(members.map((member) => member.hash(tokens.quorate)));
		return new Set(hashes).size === 1 && hashes[0]?.startsWith('hash') === true ? null : `members hash ${hashes.join(', ')}`;
	}
}

/** Nothing has been done of what is refused for too many wrong passwords (known-differences.md, `auth-limits`). */
async function askInTurn(quorate: Caller, request: AnyRequest, token: string | null, at: number, password: string): Promise<Answer> {
	return eventually(
		async () => {
			const answer = await quorate.ask(request, token, at, password);
			return request.kind === 'authenticate' && answer.text.includes('too many requests') ? null : answer;
		},
		{ what: 'the limit on wrong passwords to pass', everyMs: 100 },
	);
}

function isEqual(request: AnyRequest, ours: string, theirs: string): boolean {
	if (ours === theirs) {
		return true;
	}
	// `auth-root-role`
	if (request.kind === 'role_get' && request.role === ROOT && theirs.startsWith('{')) {
		return ours.startsWith('{');
	}
	// `auth-form`
	if (ours === INVALID_TOKEN && FORM.test(theirs)) {
		return true;
	}
	// `auth-maintenance-words`
	const words = request.kind === 'hash_kv' ? MAINTENANCE_REFUSED.exec(theirs)?.[1] : undefined;
	if (words !== undefined) {
		return words === REFUSED.exec(ours)?.[1];
	}
	// `auth-watch-words`
	return request.kind === 'watch' && WATCH_REFUSED.test(ours) && WATCH_REFUSED.test(theirs);
}
