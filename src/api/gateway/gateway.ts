/** All that one lane serves of the JSON gateway: its routes of HTTP/1.1, and what takes over an upgrade to a WebSocket. Called by adapters/client-front-end.ts. */
import { currentRevision } from '../../mvcc/store-state.ts';
import type { Lane } from '../../ports/lane.ts';
import type { HttpRoute } from '../http/router.ts';
import type { GatewayOptions, GatewayPorts } from './exchange.ts';
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

export function openGateway({ enabled, ...options }: GatewaySettings, ports: GatewayPorts, lane: Pick<Lane, 'reader'>): Gateway {
	return enabled
		? {
				routes: gatewayRoutes(ports, options, () => lane.reader.read(currentRevision)),
				takeUpgrade: webSocketBridge(ports, options),
			}
		: { routes: [], takeUpgrade: null };
}
