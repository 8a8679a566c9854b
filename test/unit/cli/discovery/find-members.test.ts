/** The way of one member through a discovery token, with a registry that fails when it is told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError } from '../../../../src/base/fatal.ts';
import { findMembers } from '../../../../src/cli/discovery/find-members.ts';
import { type Entry, type Listing, type Registry, RegistryUnavailable } from '../../../../src/cli/discovery/registry.ts';
import { SILENT } from '../../../../src/ports/logger.ts';

const OWN: Entry = { id: 'a', value: 'm1=http://10.0.0.1:2380' };
const OTHER: Entry = { id: 'b', value: 'm2=http://10.0.0.2:2380' };

class FakeRegistry implements Registry {
	readonly place = 'http://discovery/token';
	size: string | null = '2';
	entries: Entry[] = [];
	/** So many of the next calls find nobody. */
	failures = 0;
	/** What the other members do while this one waits. */
	meanwhile: () => void = () => {
		this.entries.push(OTHER);
	};
	waits = 0;

	async readSize(): Promise<string | null> {
		this.#maybeFail();
		return this.size;
	}

	async list(): Promise<Listing> {
		this.#maybeFail();
		return { entries: [...this.entries], since: 0 };
	}

	async register(entry: Entry): Promise<'registered' | 'taken'> {
		this.#maybeFail();
		if (this.entries.some(({ id }) => id === entry.id)) {
			return 'taken';
		}
		this.entries.push(entry);
		return 'registered';
	}

	async awaitMore(): Promise<void> {
		this.waits += 1;
		this.meanwhile();
	}

	async close(): Promise<void> {}

	#maybeFail(): void {
		if (this.failures > 0) {
			this.failures -= 1;
			throw new RegistryUnavailable('nobody there');
		}
	}
}

function find(registry: FakeRegistry, more: { readonly isRegistered?: boolean; readonly pauses?: number[]; readonly notes?: string[] } = {}) {
	return findMembers({
		registry,
		own: OWN,
		isRegistered: more.isRegistered ?? false,
		willRegister: () => more.notes?.push(`entries then: ${registry.entries.length}`),
		logger: SILENT,
		pause: async (milliseconds) => {
			more.pauses?.push(milliseconds);
		},
	});
}

async function refusal(registry: FakeRegistry, isRegistered = false): Promise<string> {
	const error = await find(registry, { isRegistered }).then(
		() => null,
		(reason: unknown) => reason,
	);
	assert.ok(error instanceof FatalError && error.reason === 'discovery_failed', String(error));
	return error.message;
}

test('discovery: find: it notes that it will, registers, waits, and finds all', async () => {
	const registry = new FakeRegistry();
	const notes: string[] = [];
	const members = await find(registry, { notes });
	assert.deepEqual(
		members.map(({ name }) => name),
		['m1', 'm2'],
	);
	assert.deepEqual(notes, ['entries then: 0'], 'the note is there before the entry');
	assert.equal(registry.waits, 1);
});

test('discovery: find: while the service is away the pauses double up to a bound, and begin anew after an answer', async () => {
	const registry = new FakeRegistry();
	registry.failures = 9;
	registry.meanwhile = () => {
		registry.entries.push(OTHER);
		registry.failures = 1;
	};
	const pauses: number[] = [];
	await find(registry, { pauses });
	assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000, 500]);
});

test('discovery: find: an entry of its id that it has not made is refused, before and while it registers', async () => {
	const there = new FakeRegistry();
	there.entries = [OWN];
	assert.match(await refusal(there), /a member of the id a, .* has registered before/);
	const racing = new FakeRegistry();
	racing.register = async () => 'taken';
	assert.match(await refusal(racing), /has registered before/);
});

test('discovery: find: an entry that it may have made in a run before is its own', async () => {
	const registry = new FakeRegistry();
	registry.entries = [OWN];
	assert.equal((await find(registry, { isRegistered: true })).length, 2);
});

test('discovery: find: an entry whose answer was lost is its own', async () => {
	const registry = new FakeRegistry();
	const register = registry.register.bind(registry);
	let isLost = false;
	registry.register = async (entry) => {
		const outcome = await register(entry);
		if (!isLost) {
			isLost = true;
			throw new RegistryUnavailable('the answer was lost');
		}
		return outcome;
	};
	assert.equal((await find(registry)).length, 2);
	assert.equal(registry.entries.filter(({ id }) => id === OWN.id).length, 1);
});

test('discovery: find: a token without a size, with a wrong one, or full of others is refused in words', async () => {
	const none = new FakeRegistry();
	none.size = null;
	assert.match(await refusal(none), /^discovery by http:\/\/discovery\/token: size key not found/);
	const wrong = new FakeRegistry();
	wrong.size = 'many';
	assert.match(await refusal(wrong), /must be a number from 1 on, and is "many"/);
	const full = new FakeRegistry();
	full.entries = [OTHER, { id: 'c', value: 'm3=http://10.0.0.3:2380' }];
	assert.match(await refusal(full), /the cluster is full: 2 members have registered before this one/);
});

test('discovery: find: one that was overtaken while it registered is refused', async () => {
	const registry = new FakeRegistry();
	registry.entries = [OTHER];
	const register = registry.register.bind(registry);
	registry.register = async (entry) => {
		registry.entries.push({ id: 'c', value: 'm3=http://10.0.0.3:2380' });
		return register(entry);
	};
	assert.match(await refusal(registry), /the cluster is full/);
});
