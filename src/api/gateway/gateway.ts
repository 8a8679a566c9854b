/** All that one lane serves of the JSON gateway: its routes of HTTP/1.1, and what takes over an upgrade to a WebSocket. Called by adapters/client-front-end.ts. */
import { currentRevision } from '../../mvcc/store-state.ts';
import type { Lane } from '../../ports/lane.ts';
import type { RpcServices } from '../../ports/rpc-engine.ts';
import type { HttpRoute } from '../http/router.ts';
import type { GatewayOptions } from './exchange.ts';
import { gatewayRoutes } from './gateway-route.ts';
import { type TakeUpgrade, webSocketBridge } from './websocket-bridge.ts';

export interface Gateway {
	readonly routes: readonly HttpRoute[];
	/** null: nobody is to ask for WebSockets. */
	readonly takeUpgrade: TakeUpgrade | null;
}

export interface GatewaySettings extends GatewayOptions {
	/** --enable-grpc-gateway */
	readonly enabled: boolean;
}

export function openGateway({ enabled, ...options }: GatewaySettings, services: RpcServices, lane: Pick<Lane, 'reader'>): Gateway {
	return enabled
		? {
				routes: gatewayRoutes(services, options, () => lane.reader.read(currentRevision)),
				takeUpgrade: webSocketBridge(services, options),
			}
		: { routes: [], takeUpgrade: null };
}
