import { assembleJws, prepareJws, type Sign } from '@lanyard/protocol';
import type { DueEvent } from './events.js';

export const EVENT_TOKEN_TYPE = 'secevent+jwt';
export const eventUri = (kind: string) => `urn:lanyard:partner-event:${kind}`;

/**
 * An event as a security event token (RFC 8417), pushed by RFC 8935: a JWS any library verifies. `jti` is the event's id
 * and the same at each attempt, `iat` (seconds) that of the attempt, `toe` when it happened. No `exp` (§2.2), no `sub`.
 */
export function createEventToken(
  event: Omit<DueEvent, 'url'>,
  parts: { readonly issuer: string; readonly nowSeconds: number; readonly kid: string; readonly sign: Sign },
): string {
  const prepared = prepareJws(
    { typ: EVENT_TOKEN_TYPE, kid: parts.kid },
    {
      ...{ iss: parts.issuer, aud: event.partnerId, jti: event.id, iat: parts.nowSeconds },
      toe: Math.floor(event.atMs / 1000),
      events: { [eventUri(event.kind)]: event.data },
    },
  );
  return assembleJws(prepared, parts.sign(prepared.signingInput));
}
