import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';

function load(...argv: readonly string[]) {
	return loadConfig(argv, {}, () => ({ ok: false, problem: 'no file here' }));
}

test('config: access: nobody is listed by default', () => {
	const loaded = load();
	assert.ok(loaded.kind === 'serve');
	assert.deepEqual(loaded.config.access, { hosts: [], ownHosts: ['localhost'], origins: [] });
});

test('config: access: lists are read as a browser will write what is in them', () => {
	const loaded = load('--cors=https://App.example.com:443/, http://localhost:3000', '--host-whitelist=DB.example.com,10.0.0.1');
	assert.ok(loaded.kind === 'serve');
	assert.deepEqual(loaded.config.access, {
		hosts: ['db.example.com', '10.0.0.1'],
		ownHosts: ['localhost'],
		origins: ['https://app.example.com', 'http://localhost:3000'],
	});
});

test("config: access: etcd's defaults, given in so many words, are taken at their word", () => {
	const loaded = load('--cors=*', '--host-whitelist=*');
	assert.ok(loaded.kind === 'serve');
	assert.deepEqual([loaded.config.access.origins, loaded.config.access.hosts], [['*'], ['*']]);
});

for (const argument of [
	'--cors=example.com',
	'--cors=https://example.com/path',
	'--cors=null',
	'--host-whitelist=db:2379',
	'--host-whitelist=http://db',
]) {
	test(`config: access: ${argument} is refused`, () => {
		const loaded = load(argument);
		assert.ok(loaded.kind === 'error');
		assert.equal(loaded.exitCode, 1);
		assert.ok(loaded.line.startsWith(`quorate: ${argument.slice(0, argument.indexOf('='))}: `), loaded.line);
	});
}
