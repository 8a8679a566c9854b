/** Entry point of the peer actor: the peer port and the links to the other members, on undici and node:http. */
import { join } from 'node:path';
import { PeerActor } from '../src/actors/peer-actor.ts';
import { openJsonLogger } from '../src/adapters/json-logger.ts';
import { openPeerNetwork } from '../src/adapters/peer-network.ts';
import { peerTiming } from '../src/adapters/peer-timing.ts';
import { TlsMaterial } from '../src/adapters/tls/tls-material.ts';
import { toSlot } from '../src/base/brand.ts';
import { SeededRandom } from '../src/base/random.ts';
import { ETCD_API_VERSION } from '../src/base/version.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';

export const open: OpenActor<'peer'> = async ({ config, self, outbox, turn }) => {
	const logger = openJsonLogger(config.logLevel, 'peer', config.logging);
	const network = await openPeerNetwork({
		listenUrls: config.listenPeerUrls,
		reusePort: config.socketReusePort,
		selfId: self.memberId,
		selfSlot: toSlot(self.slot),
		advertiseUrls: config.initialAdvertisePeerUrls,
		clusterId: self.clusterId,
		incomingDirectory: join(config.dataDir, 'incoming'),
		versionText: ETCD_API_VERSION,
		timing: peerTiming(config.heartbeatMs),
		tls: await TlsMaterial.openIfSecured(config.peerTls, logger),
		random: new SeededRandom(self.seed),
		turn,
		logger,
	});
	const actor = new PeerActor({ outbox, links: network.links, logger });
	return { actor, facts: null, metrics: () => network.metrics(), afterTurn: null, accept: null, stopAccepting: null, close: () => network.close() };
};
