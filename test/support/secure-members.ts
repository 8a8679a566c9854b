/** Members as real processes whose client and peer ports speak TLS, each with a certificate of a TestPki, and clients of theirs. */
import { makeTempDirectory } from './cleanup.ts';
import { KvClient } from './kv-client.ts';
import { clusterSpec, Member, type MemberAddresses, makeAddresses, withFreshPorts } from './member.ts';
import type { CertificateFiles, TestPki } from './test-pki.ts';

export interface SecureMember {
	readonly member: Member;
	readonly addresses: MemberAddresses;
	readonly files: CertificateFiles;
}

export type MoreFlags = (addresses: MemberAddresses) => Readonly<Record<string, string>>;

/** All ready. Both ports ask for certificates. */
export function startSecureMembers(pki: TestPki, names: readonly string[], more: MoreFlags = () => ({})): Promise<readonly SecureMember[]> {
	return withFreshPorts(async () => {
		const plain = await makeAddresses(names, makeTempDirectory('secure'));
		const all = plain.map((each) => ({ ...each, clientUrl: toHttps(each.clientUrl), peerUrl: toHttps(each.peerUrl) }));
		const initialCluster = all.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
		const members: SecureMember[] = [];
		for (const addresses of all) {
			const files = await pki.issue(addresses.name);
			const flags = { ...securityFlags(files, pki.ca), ...more(addresses) };
			members.push({ addresses, files, member: new Member(clusterSpec(addresses, { flags }, initialCluster), addresses) });
		}
		try {
			await Promise.all(members.map(({ member }) => member.start()));
		} catch (error) {
			await endMembers(members);
			throw error;
		}
		return members;
	});
}

export function securityFlags({ cert, key }: CertificateFiles, ca: string): Readonly<Record<string, string>> {
	return {
		'cert-file': cert,
		'key-file': key,
		'client-cert-auth': 'true',
		'trusted-ca-file': ca,
		'peer-cert-file': cert,
		'peer-key-file': key,
		'peer-client-cert-auth': 'true',
		'peer-trusted-ca-file': ca,
	};
}

export function clientOf({ addresses }: SecureMember, pki: TestPki, files: CertificateFiles): KvClient {
	return new KvClient(addresses.clientUrl, pki.clientTls(files));
}

export async function endMembers(members: readonly { readonly member: Member }[]): Promise<void> {
	for (const { member } of members) {
		member.client.close();
	}
	await Promise.all(members.filter(({ member }) => member.isRunning).map(({ member }) => member.kill()));
}

export function toHttps(url: string): string {
	return url.replace(/^http:/, 'https:');
}
