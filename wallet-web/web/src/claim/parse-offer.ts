import { isJsonObject, parseStrictJson } from '@lanyard/protocol';
import { parseUrl } from '../issuer/refusal.js';
import type { CredentialOffer } from '../storage/kept.js';

export type OfferProblemCode =
  | 'offer-unreadable'
  | 'offer-too-large'
  | 'offer-address-unsafe'
  | 'offer-not-supported'
  | 'offer-malformed';

/** Something that is no offer this wallet can take. */
export class OfferProblem extends Error {
  override readonly name = 'OfferProblem';
  constructor(readonly code: OfferProblemCode) {
    super(code);
  }
}

export type OfferReference = { readonly uri: string } | { readonly json: string };

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const MAX_CHARACTERS = 8192;

/**
 * Reads what a person followed, scanned or pasted: `openid-credential-offer://?…`, a link to this wallet, or the
 * address of an offer itself (OpenID4VCI 1.0 §4.1). @throws OfferProblem
 */
export function readOfferText(text: string): OfferReference {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARACTERS) throw new OfferProblem('offer-too-large');
  const url = parseUrl(trimmed);
  if (url === undefined) throw new OfferProblem('offer-unreadable');
  const json = url.searchParams.getAll('credential_offer');
  const uris = url.searchParams.getAll('credential_offer_uri');
  // §4.1: exactly one of the two.
  if (json.length + uris.length !== 1) throw new OfferProblem('offer-unreadable');
  const [offer] = json;
  if (offer !== undefined) return { json: offer };
  return { uri: requireSafe(uris[0] ?? '') };
}

/** https, or http on this very device. */
function requireSafe(address: string): string {
  const url = parseUrl(address);
  if (url === undefined) throw new OfferProblem('offer-unreadable');
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) throw new OfferProblem('offer-address-unsafe');
  if (url.username !== '' || url.password !== '') throw new OfferProblem('offer-address-unsafe');
  return address;
}

/** Reads an offer object (§4.1.1) with a pre-authorized code. @throws OfferProblem */
export function parseOffer(text: string): CredentialOffer {
  if (text.length > MAX_CHARACTERS * 2) throw new OfferProblem('offer-too-large');
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new OfferProblem('offer-malformed');
  const { credential_issuer: issuer, credential_configuration_ids: ids, grants } = value;
  if (typeof issuer !== 'string' || !Array.isArray(ids) || ids.length === 0 || ids.length > 20)
    throw new OfferProblem('offer-malformed');
  if (!ids.every((id) => typeof id === 'string')) throw new OfferProblem('offer-malformed');
  const grant = isJsonObject(grants) ? grants[PRE_AUTHORIZED] : undefined;
  if (!isJsonObject(grant)) throw new OfferProblem('offer-not-supported');
  const code = grant['pre-authorized_code'];
  if (typeof code !== 'string' || code === '' || code.length > 256) throw new OfferProblem('offer-malformed');
  return {
    issuer: requireSafe(issuer),
    configurationIds: ids as string[],
    code,
    txCodeLength: txCodeLength(grant['tx_code']),
  };
}

function parseJson(text: string) {
  try {
    return parseStrictJson(new TextEncoder().encode(text));
  } catch (cause) {
    const problem = new OfferProblem('offer-malformed');
    problem.cause = cause;
    throw problem;
  }
}

function txCodeLength(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) throw new OfferProblem('offer-malformed');
  const { length, input_mode: mode = 'numeric' } = value as { length?: unknown; input_mode?: unknown };
  if (mode !== 'numeric') throw new OfferProblem('offer-not-supported');
  return typeof length === 'number' && Number.isInteger(length) && length > 0 && length <= 32 ? length : 6;
}
