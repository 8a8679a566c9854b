/** All attacks, by name. */
import type { Attack } from './attack.ts';
import { CONNECTION_ATTACKS } from './connection-attacks.ts';
import { HTTP2_ATTACKS } from './http2-attacks.ts';

export const ATTACKS: Readonly<Record<string, Attack>> = { ...CONNECTION_ATTACKS, ...HTTP2_ATTACKS };
