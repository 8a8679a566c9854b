/** A process of its own that attacks, so that what the attack costs the attacker is not measured as its victim's: told by messages what to do. Started by attack-process.ts. */
import { ATTACKS } from './attacks.ts';
import { type Losses, Swarm } from './swarm.ts';

export type Order = { readonly kind: 'attack'; readonly name: string; readonly port: number } | { readonly kind: 'stop' };
export type Report = { readonly kind: 'ready' } | ({ readonly kind: 'stopped' } & Losses);

const FIRST_HOST = 2;

let swarm: Swarm | null = null;

function report(words: Report): void {
	process.send?.(words);
}

process.on('message', (order: Order) => {
	if (order.kind === 'stop') {
		report({ kind: 'stopped', ...(swarm?.stop() ?? { opened: 0, cut: 0, sentBytes: 0 }) });
		swarm = null;
		return;
	}
	const attack = ATTACKS[order.name];
	if (attack === undefined) {
		throw new Error(`no such attack: ${order.name}`);
	}
	// Of no other client, and of no other attack: what one has done is not the next one's fault.
	const from = `127.0.0.${FIRST_HOST + Object.keys(ATTACKS).indexOf(order.name)}`;
	swarm = new Swarm(attack, { port: order.port, from });
});
// The test is gone.
process.on('disconnect', () => process.exit(0));
report({ kind: 'ready' });
