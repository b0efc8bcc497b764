import { isJsonObject } from '../base64url/strict-json.js';
import { VpTokenError } from './errors.js';

/** Presentations by the id of the credential query they answer, as received: NOTHING in them is authenticated. */
export type VpToken = ReadonlyMap<string, readonly string[]>;

const MAX_IDS = 16;
const MAX_PRESENTATIONS = 16;
const MAX_PRESENTATION_LENGTH = 131_072;

/**
 * Parses a vp_token (OpenID4VP 1.0 §8.1): an object from query id to a non-empty array of presentations, all of them
 * compact texts, none of them twice.
 *
 * @throws VpTokenError `vp-token-malformed`, `vp-token-too-large`, `presentation-repeated`.
 */
export function parseVpToken(value: unknown): VpToken {
  if (!isJsonObject(value)) throw new VpTokenError('vp-token-malformed', 'vp_token is an object');
  const entries = Object.entries(value);
  if (entries.length === 0) throw new VpTokenError('vp-token-malformed', 'vp_token is empty');
  if (entries.length > MAX_IDS) throw new VpTokenError('vp-token-too-large', `more than ${MAX_IDS} ids`);
  const token = new Map(entries.map(([id, presentations]) => [id, parsePresentations(presentations)]));
  const all = [...token.values()].flat();
  if (new Set(all).size !== all.length)
    throw new VpTokenError('presentation-repeated', 'a presentation was sent twice');
  return token;
}

function parsePresentations(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new VpTokenError('vp-token-malformed', 'each id has a non-empty array');
  if (value.length > MAX_PRESENTATIONS)
    throw new VpTokenError('vp-token-too-large', `more than ${MAX_PRESENTATIONS} presentations`);
  return value.map((presentation: unknown) => {
    if (typeof presentation !== 'string' || presentation === '')
      throw new VpTokenError('vp-token-malformed', 'a presentation is a text');
    if (presentation.length > MAX_PRESENTATION_LENGTH)
      throw new VpTokenError('vp-token-too-large', 'a presentation is too large');
    return presentation;
  });
}
