/**
 * Debian's Prometheus beside three members: it reads their metrics, knows the rules of config/prometheus and every question of the Grafana board, and
 * fires alerts when members are gone.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { run } from '../support/run.ts';
import { ServerProcess } from '../support/server-process.ts';

const CONFIG = new URL('../../config/', import.meta.url);
const RULES = new URL('prometheus/rules.yml', CONFIG);
const BOARD = new URL('grafana/quorate.json', CONFIG);
const WITHIN_MS = 60_000;

interface Alert {
	readonly state: string;
	readonly labels: Readonly<Record<string, string>>;
}

/** Prometheus' answer to a question of its API; fails the test with what it says. */
async function ask<T>(url: string, path: string): Promise<T> {
	const response = await fetch(`${url}/api/v1/${path}`);
	const { status, data, error } = (await response.json()) as { readonly status: string; readonly data: T; readonly error?: string };
	assert.equal(status, 'success', `${path}: ${error}`);
	return data;
}

/** The rules, but without the patience of their `for`. */
function impatientRules(): string {
	const text = readFileSync(RULES, 'utf8');
	assert.match(text, /for: \d+m/);
	return text.replaceAll(/for: \d+m/g, 'for: 1s');
}

async function withPrometheus(cluster: Cluster, work: (url: string) => Promise<void>): Promise<void> {
	const directory = makeTempDirectory('prometheus');
	const [port] = await freePorts(1);
	const targets = cluster.members.map(({ clientUrl }) => new URL(clientUrl).host);
	const config = {
		global: { scrape_interval: '1s', evaluation_interval: '1s' },
		rule_files: ['rules.yml'],
		scrape_configs: [{ job_name: 'quorate', static_configs: [{ targets }] }],
	};
	mkdirSync(join(directory, 'data'));
	writeFileSync(join(directory, 'rules.yml'), impatientRules());
	// JSON is YAML.
	writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
	const prometheus = new ServerProcess({
		name: 'prometheus',
		command: 'prometheus',
		args: [
			`--config.file=${join(directory, 'prometheus.yml')}`,
			`--storage.tsdb.path=${join(directory, 'data')}`,
			`--web.listen-address=127.0.0.1:${port}`,
		],
		env: {},
		isReady: (line) => line.includes('Server is ready to receive web requests'),
	});
	try {
		await prometheus.start();
		await work(`http://127.0.0.1:${port}`);
	} finally {
		await prometheus.stop();
		removeTempDirectory(directory);
	}
}

test('cluster: prometheus: promtool accepts the rules', async () => {
	const { code, stdout, stderr } = await run('promtool', ['check', 'rules', RULES.pathname], {});
	assert.equal(code, 0, `${stdout}${stderr}`);
});

test('cluster: prometheus: it reads every member, answers what the board asks, and fires alerts when members are gone', async () => {
	await withCluster(3, {}, async (cluster) => {
		await mustEtcdctl([cluster.members[0]?.clientUrl ?? ''], ['put', 'a', '1']);
		await withPrometheus(cluster, async (url) => {
			await eventually(async () => (await valuesOf(url, 'sum(etcd_server_has_leader{job="quorate"})')).join() === '3', {
				what: 'three members to be read',
				withinMs: WITHIN_MS,
			});
			for (const expression of boardExpressions()) {
				await valuesOf(url, expression);
			}
			const [first, second] = cluster.members;
			assert.ok(!(await firing(url)).some((name) => name === 'etcdNoLeader' || name === 'etcdInsufficientMembers'), 'three of three are up');
			await first?.kill();
			await fires(url, 'etcdMembersDown');
			assert.ok(!(await firing(url)).includes('etcdInsufficientMembers'), 'two of three are enough');
			await second?.kill();
			await fires(url, 'etcdInsufficientMembers');
			await fires(url, 'etcdNoLeader');
		});
	});
});

async function valuesOf(url: string, expression: string): Promise<readonly string[]> {
	const { result } = await ask<{ readonly result: readonly { readonly value: readonly [number, string] }[] }>(
		url,
		`query?query=${encodeURIComponent(expression)}`,
	);
	return result.map(({ value }) => value[1]);
}

async function firing(url: string): Promise<readonly (string | undefined)[]> {
	const { alerts } = await ask<{ readonly alerts: readonly Alert[] }>(url, 'alerts');
	return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname']);
}

async function fires(url: string, name: string): Promise<void> {
	await eventually(async () => (await firing(url)).includes(name), { what: `${name} to fire`, withinMs: WITHIN_MS });
}

/** As Grafana would ask them. */
function boardExpressions(): readonly string[] {
	const board = JSON.parse(readFileSync(BOARD, 'utf8')) as {
		readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
	};
	const expressions = board.panels.flatMap(({ targets = [] }) =>
		targets.map(({ expr }) => expr.replaceAll('$job', 'quorate').replaceAll('$__rate_interval', '1m')),
	);
	assert.ok(expressions.length > 20, 'the board has questions');
	return expressions;
}
