/** curl on the v2 API, as in the classic guide: the same requests to quorate and to Debian's etcd, whole answers compared. */
import { describe, test } from 'node:test';
import { configurations } from './configurations.ts';
import { known, type Rule } from './known-differences.ts';
import { type Pair, usePair } from './pair.ts';
import { compare } from './transcript.ts';
import { v2Index, v2IndexRules } from './v2-index.ts';

/** A request: curl's arguments, the path last. base: the v2 index when the scenario began. */
type Requests = (base: number) => readonly (readonly [...args: string[]])[];

const RULES: readonly Rule[] = [
	known('cors', /^Access-Control-Allow-[A-Za-z]+: .*\r\n/gm, ''),
	known('keep-alive', /^(?:Connection: keep-alive|Keep-Alive: .*)\r\n/gm, ''),
	known('clock', /^Date: .*\r\n/gm, ''),
	known('ids', /^X-Etcd-Cluster-Id: [0-9a-f]+/gm, 'X-Etcd-Cluster-Id: ID'),
	known('ids', /"id":"[0-9a-f]+"/g, '"id":"ID"'),
	known('raft-place', /^(X-Raft-(?:Index|Term)): \d+/gm, '$1: N'),
	known('malformed-length', /^(Connection: close\r\n)Content-Length: 15\r\n/gm, '$1'),
	known('framing', /^(?:Content-Length: \d{4,}|Transfer-Encoding: chunked)\r\n/gm, 'Content-Length: N\r\n'),
	sortHeaders,
];

/** Their order means nothing (RFC 9110, 5.3). */
function sortHeaders(text: string): string {
	return text.replace(/^(HTTP\/1\.1 .*\r\n)((?:.+\r\n)*)/gm, (_whole, status: string, headers: string) => {
		return status + headers.split('\r\n').sort().join('\r\n');
	});
}

function compareCurl(pair: Pair, requests: Requests): Promise<void> {
	return compare(pair, async (member) => {
		const base = await v2Index(member);
		const commands = requests(base).map((args) => ({
			program: 'curl',
			args: ['-s', '-i', '-L', '--path-as-is', ...args.slice(0, -1), member.clientUrl + args.at(-1)],
		}));
		return { commands, rules: [...RULES, ...v2IndexRules(base)] };
	});
}

const SCENARIOS: Readonly<Record<string, Requests>> = {
	'a key is set, read, set again and deleted': () => [
		['-XPUT', '-d', 'value=Hello world', '/v2/keys/s1/message'],
		['/v2/keys/s1/message'],
		['-XPUT', '-d', 'value=Hello etcd', '/v2/keys/s1/message'],
		['-I', '/v2/keys/s1/message'],
		['-XDELETE', '/v2/keys/s1/message'],
		['/v2/keys/s1/message'],
		['-XDELETE', '/v2/keys/s1/message'],
	],
	'directories are made, listed and removed': () => [
		['-XPUT', '-d', 'dir=true', '/v2/keys/s2/dir'],
		['-XPUT', '-d', 'dir=true', '/v2/keys/s2/dir'],
		['-XPUT', '-d', 'value=b', '/v2/keys/s2/dir/b'],
		['-XPUT', '-d', 'value=a', '/v2/keys/s2/dir/sub/a'],
		['-XPUT', '-d', 'value=h', '/v2/keys/s2/dir/_hidden'],
		['/v2/keys/s2?sorted=true'],
		['/v2/keys/s2?recursive=true&sorted=true'],
		['/v2/keys/s2/dir/_hidden'],
		['-XDELETE', '/v2/keys/s2/dir'],
		['-XDELETE', '/v2/keys/s2/dir?dir=true'],
		['-XDELETE', '/v2/keys/s2/dir?recursive=true'],
		['/v2/keys/s2?recursive=true'],
		['-XDELETE', '/v2/keys/s2?dir=true'],
	],
	'in-order keys': () => [
		['-XPOST', '-d', 'value=Job1', '/v2/keys/s3/queue'],
		['-XPOST', '-d', 'value=Job2', '/v2/keys/s3/queue'],
		['-XPUT', '-d', 'value=x', '/v2/keys/s3/other'],
		['-XPOST', '-d', 'value=Job3', '/v2/keys/s3/queue'],
		['/v2/keys/s3/queue?recursive=true&sorted=true'],
	],
	'compare-and-swap and compare-and-delete': (base) => [
		['-XPUT', '-d', 'value=one', '/v2/keys/s4/k?prevExist=false'],
		['-XPUT', '-d', 'value=three', '/v2/keys/s4/k?prevExist=false'],
		['-XPUT', '-d', 'value=two', '/v2/keys/s4/k?prevValue=wrong'],
		['-XPUT', '-d', 'value=two', '/v2/keys/s4/k?prevValue=one'],
		['-XPUT', '-d', 'value=two', `/v2/keys/s4/k?prevIndex=${base + 1}`],
		['-XPUT', '-d', 'value=three', '-d', `prevIndex=${base + 2}`, '/v2/keys/s4/k'],
		['-XPUT', '-d', 'value=four', '-d', 'prevExist=true', '/v2/keys/s4/k'],
		['-XPUT', '-d', 'value=four', '-d', 'prevExist=true', '/v2/keys/s4/none'],
		['-XPUT', '-d', 'value=five', '-d', 'prevValue=x', '-d', `prevIndex=${base + 1}`, '/v2/keys/s4/k'],
		['-XDELETE', '/v2/keys/s4/k?prevValue=one'],
		['-XDELETE', `/v2/keys/s4/k?prevIndex=${base + 1}`],
		['-XDELETE', '/v2/keys/s4/k?prevValue=four'],
		['-XDELETE', '/v2/keys/s4?prevValue=four'],
	],
	'errors of the tree': () => [
		['-XPUT', '-d', 'value=1', '/v2/keys/s5/file'],
		['-XPUT', '-d', 'value=1', '/v2/keys/s5/file/below'],
		['/v2/keys/s5/file/below'],
		['-XPUT', '-d', 'value=1', '/v2/keys/s5'],
		['-XPUT', '-d', 'value=1', '/v2/keys/'],
		['-XDELETE', '/v2/keys/?recursive=true'],
		['-XPUT', '-d', 'dir=true', '/v2/keys/s5/file'],
		['-XPUT', '-d', 'prevExist=true', '/v2/keys/s5/file'],
		['-XPUT', '-d', 'prevExist=true', '-d', 'value=1', '/v2/keys/s5/file'],
	],
	'bad parameters': () => [
		['/v2/keys/s6?recursive=maybe'],
		['/v2/keys/s6?sorted='],
		['-XPUT', '-d', 'prevIndex=bad', '/v2/keys/s6'],
		['-XPUT', '-d', 'prevValue=', '/v2/keys/s6'],
		['-XPUT', '-d', 'ttl=bad', '/v2/keys/s6'],
		['-XPUT', '-d', 'value=1', '-d', 'refresh=true', '/v2/keys/s6'],
		['-XPUT', '-d', 'refresh=true', '/v2/keys/s6'],
		['-XDELETE', '/v2/keys/s6?wait=true'],
		['-XPUT', '-d', 'value=%zz', '/v2/keys/s6'],
		['-XPATCH', '/v2/keys/s6'],
		['/v2/keys/s6%zz'],
	],
	'any characters in names and values': () => [
		['-XPUT', '--data-urlencode', 'value=<a href="x">&é\u2028\u0001', '/v2/keys/s7/%3C%26%C3%A9%20%ff'],
		['/v2/keys/s7'],
		['-XPUT', '-d', 'value=%ff%00', '/v2/keys/s7/raw'],
		['/v2/keys/s7/raw'],
		['-XPUT', '-d', 'value=', '/v2/keys/s7/empty'],
		['-XPUT', '-d', 'novalue=1', '/v2/keys/s7/empty'],
		['-XPUT', '-d', 'value=in-body', '/v2/keys/s7/both?value=in-query'],
		['-XPUT', '/v2/keys/s7/query?value=in-query'],
		['-XPUT', '-H', 'Content-Type: text/plain', '-d', 'value=not-read', '/v2/keys/s7/text'],
	],
	'names longer than the engine takes': () => [
		['-XPUT', '-d', 'value=1', `/v2/keys/s10/${'n'.repeat(3_500)}`],
		['-XPUT', '-d', 'value=2', `/v2/keys/s10/${'n'.repeat(3_500)}b`],
		['-XPUT', '-d', 'value=3', `/v2/keys/s10/${'n'.repeat(2_000)}`],
		['-XPUT', '-d', 'value=4', `/v2/keys/s10${'/deep'.repeat(700)}`],
		['/v2/keys/s10?sorted=true'],
		['-XDELETE', `/v2/keys/s10/${'n'.repeat(3_500)}`],
		['-XDELETE', '/v2/keys/s10/deep?recursive=true'],
		['/v2/keys/s10?sorted=true'],
	],
	'unclean paths': () => [['/v2//keys/s8?sorted=true'], ['/v2/keys//s8/../s8'], ['/v2/keys/s8/'], ['-XPUT', '-d', 'value=1', '/v2/keys//s8/x/']],
	'noValueOnSuccess and quorum': () => [
		['-XPUT', '-d', 'value=1', '/v2/keys/s9/k?noValueOnSuccess=true'],
		['-XDELETE', '/v2/keys/s9/k?noValueOnSuccess=true'],
		['-XPUT', '-d', 'value=1', '/v2/keys/s9/k'],
		['/v2/keys/s9/k?quorum=true'],
		['/v2/keys/s9/none?quorum=true'],
	],
	'members and machines': () => [
		['/v2/machines'],
		['/v2/members'],
		['/v2/members/'],
		['/v2/members/leader'],
		['/v2/members/none'],
		['-XPUT', '/v2/members'],
		['-XPUT', '/v2/machines'],
		['/v2/nothing'],
	],
};

for (const configuration of configurations()) {
	describe(`clients: curl v2 (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, requests] of Object.entries(SCENARIOS)) {
			test(`clients: curl v2 (${configuration.title}): ${title}`, () => compareCurl(pair(), requests));
		}
	});
}
