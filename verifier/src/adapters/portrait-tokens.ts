import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@lanyard/platform';

const LIFE_SECONDS = 60;
const ID_BYTES = 8;
const MAC_BYTES = 16;

/** Names a portrait for one session and one minute; nothing is stored. */
export interface PortraitTokens {
  make(portraitId: Uint8Array, session: Uint8Array): string;
  /** The portrait id as base64url, or undefined for another session's, an expired or a made-up token. */
  open(token: string, session: Uint8Array): string | undefined;
}

/** Token: portrait id (8), end in seconds (4), first 16 bytes of HMAC-SHA-256 over both and the session. */
export function createPortraitTokens(key: Uint8Array, clock: Clock): PortraitTokens {
  const mac = (content: Uint8Array, session: Uint8Array) =>
    createHmac('sha256', key).update(content).update(session).digest().subarray(0, MAC_BYTES);
  return {
    make(portraitId, session) {
      const content = Buffer.alloc(ID_BYTES + 4);
      content.set(portraitId);
      content.writeUInt32BE(clock.nowSeconds() + LIFE_SECONDS, ID_BYTES);
      return Buffer.concat([content, mac(content, session)]).toString('base64url');
    },
    open(token, session) {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== ID_BYTES + 4 + MAC_BYTES) return undefined;
      const content = bytes.subarray(0, ID_BYTES + 4);
      if (!timingSafeEqual(bytes.subarray(ID_BYTES + 4), mac(content, session))) return undefined;
      if (content.readUInt32BE(ID_BYTES) < clock.nowSeconds()) return undefined;
      return content.subarray(0, ID_BYTES).toString('base64url');
    },
  };
}
