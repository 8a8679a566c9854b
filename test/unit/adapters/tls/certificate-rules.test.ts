/** The rules for certificates, by certificates that are made here and a DNS that is made up. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { alternativeNames, type Lookups, plainSerial, refusalOfAddress } from '../../../../src/adapters/tls/certificate-rules.ts';
import { TestPki } from '../../../support/test-pki.ts';

const NO_DNS: Lookups = { addressesOf: async () => [], namesOf: async () => [] };
const DNS: Lookups = {
	addressesOf: async (name) => (name === 'm1.test' ? ['10.0.0.1', 'fd00::1'] : []),
	namesOf: async (address) => (address === '10.0.0.2' ? ['m2.wild.test.'] : []),
};

let pki: TestPki;
before(async () => {
	pki = await TestPki.make();
});

async function refusal(hosts: readonly string[], address: string, lookups: Lookups): Promise<string | null> {
	const { cert } = await pki.issue('rules', { hosts });
	return refusalOfAddress(new X509Certificate(readFileSync(cert)), address, lookups);
}

test('tls: address: an address in the certificate is enough, also as IPv4 within IPv6', async () => {
	assert.equal(await refusal(['10.0.0.1', 'nobody.test'], '10.0.0.1', NO_DNS), null);
	assert.equal(await refusal(['10.0.0.1'], '::ffff:10.0.0.1', NO_DNS), null);
	assert.equal(await refusal(['fd00::1'], 'fd00::1', NO_DNS), null);
});

test('tls: address: another address is refused, and both are named', async () => {
	assert.match((await refusal(['10.0.0.9'], '10.0.0.1', DNS)) ?? '', /not for 10.0.0.1, but for 10.0.0.9/);
});

test('tls: address: a name counts if it is one of the address, looked up either way', async () => {
	assert.equal(await refusal(['m1.test'], '10.0.0.1', DNS), null);
	assert.equal(await refusal(['m2.wild.test'], '10.0.0.2', DNS), null);
	assert.equal(await refusal(['*.wild.test'], '10.0.0.2', DNS), null);
	assert.match((await refusal(['m1.test'], '10.0.0.3', DNS)) ?? '', /not for 10.0.0.3, but for m1.test/);
	assert.match((await refusal(['*.test'], '10.0.0.1', DNS)) ?? '', /not for 10.0.0.1/);
});

test('tls: address: a certificate for nobody is refused', async () => {
	assert.equal(await refusal([], '10.0.0.1', DNS), 'the certificate has no subject alternative name');
});

test('tls: names: a quoted entry hides no other', () => {
	const text = 'DNS:a.test, URI:"x, DNS:evil.test", IP Address:10.0.0.1, DNS:"b, IP Address:10.0.0.2"';
	assert.deepEqual(alternativeNames(text), { addresses: ['10.0.0.1'], names: ['a.test'] });
});

test('tls: serial numbers: one spelling', () => {
	assert.deepEqual(['00ab', 'AB', '0', '000'].map(plainSerial), ['AB', 'AB', '0', '0']);
});
