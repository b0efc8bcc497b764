import { isJsonObject, type JsonObject, parseStrictJson } from '@lanyard/protocol';
import { AUTHORIZATION_CODE, PRE_AUTHORIZED } from '../issuer/find-server.js';
import { parseUrl, safeUrl } from '../issuer/refusal.js';
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
  if (parseUrl(address) === undefined) throw new OfferProblem('offer-unreadable');
  if (safeUrl(address) === undefined) throw new OfferProblem('offer-address-unsafe');
  return address;
}

/**
 * Reads an offer object (§4.1.1) with a pre-authorized code, the way by signing in, or both; other grants are let be.
 * @throws OfferProblem
 */
export function parseOffer(text: string): CredentialOffer {
  if (text.length > MAX_CHARACTERS * 2) throw new OfferProblem('offer-too-large');
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new OfferProblem('offer-malformed');
  const { credential_issuer: issuer, credential_configuration_ids: ids, grants } = value;
  if (typeof issuer !== 'string' || !Array.isArray(ids) || ids.length === 0 || ids.length > 20)
    throw new OfferProblem('offer-malformed');
  if (!ids.every((id) => typeof id === 'string')) throw new OfferProblem('offer-malformed');
  const preAuthorized = isJsonObject(grants) ? grants[PRE_AUTHORIZED] : undefined;
  const signIn = isJsonObject(grants) ? grants[AUTHORIZATION_CODE] : undefined;
  if (!isJsonObject(preAuthorized) && !isJsonObject(signIn)) throw new OfferProblem('offer-not-supported');
  return {
    issuer: requireSafe(issuer),
    configurationIds: ids as string[],
    ...(isJsonObject(preAuthorized) ? codeOf(preAuthorized) : { code: undefined, txCodeLength: undefined }),
    ...(isJsonObject(signIn)
      ? {
          authorization: {
            issuerState: textOf(signIn['issuer_state'], 1024),
            server: textOf(signIn['authorization_server'], 512),
          },
        }
      : {}),
  };
}

function codeOf(grant: JsonObject): Pick<CredentialOffer, 'code' | 'txCodeLength' | 'server'> {
  const code = textOf(grant['pre-authorized_code'], 1024);
  if (code === undefined) throw new OfferProblem('offer-malformed');
  const server = textOf(grant['authorization_server'], 512);
  const txCode = txCodeLength(grant['tx_code']);
  return { code, txCodeLength: txCode, ...(server === undefined ? {} : { server }) };
}

/** A text of the grant that is there or not. @throws OfferProblem */
function textOf(value: unknown, max: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > max) throw new OfferProblem('offer-malformed');
  return value;
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
