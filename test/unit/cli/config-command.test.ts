/** Words on the command line that are no flags: quorate config check, and subcommands of etcd's that quorate does not have. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { absentCommand } from '../../../src/cli/absent-commands.ts';
import { makeTempDirectory } from '../../support/cleanup.ts';
import { EVERY_SECTION, SAMPLE } from '../../support/etcd-config-files.ts';
import { Member, makeAddresses, quorateCommand } from '../../support/member.ts';
import { run } from '../../support/run.ts';

function check(file: string): ReturnType<typeof run> {
	const { command, args } = quorateCommand(['config', 'check', file]);
	return run(command, args);
}

test('cli: config check: prints what counts, with exit code 0, and names a mistake as a start would', { timeout: 30_000 }, async () => {
	const file = join(makeTempDirectory('config'), 'etcd.yml');
	writeFileSync(file, EVERY_SECTION);
	const good = await check(file);
	assert.equal(good.code, 0, good.stderr);
	assert.match(good.stdout, /^socket-reuse-port: true +# socket-options.reuse-port \(in .*etcd.yml\)$/m);
	writeFileSync(file, 'nmae: x');
	const bad = await check(file);
	assert.equal(bad.code, 1);
	assert.match(bad.stderr, /^quorate: --config-file .*: unknown key "nmae"/);
});

test("cli: subcommands: etcd's gateway and grpc-proxy are answered with what to use instead", () => {
	assert.match(absentCommand('gateway') ?? '', /URLs of all members/);
	assert.match(absentCommand('grpc-proxy') ?? '', /URLs of all members/);
	assert.equal(absentCommand('--name'), null);
});

test("cli: configuration file: a member starts on etcd's sample, and logs to the files that it names", { timeout: 30_000 }, async (t) => {
	const directory = makeTempDirectory('config');
	const [addresses] = await makeAddresses(['default'], directory);
	assert.ok(addresses !== undefined);
	const { name, clientUrl, peerUrl, dataDir } = addresses;
	const log = join(directory, 'q.log');
	const text = SAMPLE.replaceAll('http://localhost:2380', peerUrl)
		.replaceAll('http://localhost:2379', clientUrl)
		.replace('data-dir:', `data-dir: ${dataDir}`)
		.replace('[stderr]', `[stderr, ${log}]`);
	const file = join(directory, 'etcd.yml');
	writeFileSync(file, text);
	const spec = {
		name,
		...quorateCommand(['--config-file', file]),
		env: {},
		isReady: (line: string) => line.includes('ready to serve client requests'),
	};
	const member = new Member(spec, addresses);
	await member.start();
	t.after(() => member.stop());
	assert.ok((await member.client.put('a', 'b')) > 0);
	assert.match(readFileSync(log, 'utf8'), /"msg":"ready to serve client requests"/);
});
