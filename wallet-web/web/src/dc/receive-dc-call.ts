import { DC_API_SIGNED, DC_API_UNSIGNED, isJsonObject, type JsonValue } from '@lanyard/protocol';
import type { DcCall } from './open-dc-request.js';

export const DC_READY = 'lanyard-dc-ready';
export const DC_REQUEST = 'lanyard-dc-request';
export const DC_ANSWER = 'lanyard-dc-answer';
const MOST_REQUESTS = 8;

/**
 * The call in a message of an opener: `{type, requests: [{protocol, data}]}`, the first request whose protocol is
 * known. The origin is the one the browser names, whatever the message says. Undefined for any other message.
 */
export function readDcCall(message: { readonly data: unknown; readonly origin: string }): DcCall | undefined {
  const { data, origin } = message;
  if (!isJsonObject(data as JsonValue)) return undefined;
  const { type, requests } = data as { type?: unknown; requests?: unknown };
  if (type !== DC_REQUEST || !Array.isArray(requests) || requests.length > MOST_REQUESTS) return undefined;
  const known = (requests as { protocol?: unknown; data?: JsonValue }[]).find(
    (one) => one?.protocol === DC_API_SIGNED || one?.protocol === DC_API_UNSIGNED,
  );
  const [first] = requests as { protocol?: unknown; data?: JsonValue }[];
  const taken = known ?? first;
  if (taken === undefined) return undefined;
  return { protocol: String(taken.protocol), data: taken.data ?? null, origin };
}
