import {
  type CredentialConfigurationId,
  configurationOfIdentifier,
  isCredentialConfigurationId,
  isJsonObject,
  type JsonObject,
  jwsJsonPayload,
  OPENID_CREDENTIAL,
  type ParsedJws,
  parseJws,
  type VerifyKey,
  verifyJws,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { isOnlyAudience } from './only-audience.js';

/** What an access token of the identity layer allows; nothing of it is used before the DPoP key was checked. */
export interface IdpAuthorization {
  /** Pairwise for this issuer. */
  subject: string;
  clientId: string;
  dpopThumbprint: string;
  jti: string;
  expiresAtSeconds: number;
  configurationIds: CredentialConfigurationId[];
  /** Authorization details were granted: credentials are asked for by identifier. */
  byIdentifier: boolean;
  issuerState: string | undefined;
}

/** An access token that is refused; the message names the check, for the log. */
export class IdpTokenError extends Error {}

const LIMITS = { maxBytes: 4096, maxHeaderBytes: 512, maxDepth: 8 };
const LIFE_SECONDS = 300;
const CLOCKS_APART_SECONDS = 30;

/**
 * Verifies an access token of the identity layer (RFC 9068 §4): ES256 under one of its keys, `at+jwt`, `iss`, this
 * issuer as the only `aud`, `exp`, a life of five minutes at most, bound to a DPoP key. An ID token has another typ and
 * audience. `findKey` answers keys of the identity layer by kid, and by nothing else in the header.
 * @throws IdpTokenError
 */
export async function verifyIdpToken(
  token: string,
  expected: {
    issuer: string;
    audience: string;
    nowSeconds: number;
    findKey: (kid: string) => Promise<VerifyKey | undefined>;
  },
): Promise<IdpAuthorization> {
  const jws = read(() => parseJws(token, LIMITS));
  const { kid } = jws.header;
  const key = typeof kid === 'string' ? await expected.findKey(kid) : undefined;
  if (key === undefined) throw new IdpTokenError('kid');
  const claims = read(() => verifiedClaims(jws, key));
  const { iss, aud, exp, iat, cnf } = claims;
  if (iss !== expected.issuer) throw new IdpTokenError('iss');
  if (!isOnlyAudience(aud, expected.audience)) throw new IdpTokenError('aud');
  if (typeof exp !== 'number' || exp <= expected.nowSeconds) throw new IdpTokenError('exp');
  if (typeof iat !== 'number' || iat > expected.nowSeconds + CLOCKS_APART_SECONDS) throw new IdpTokenError('iat');
  if (exp - iat > LIFE_SECONDS) throw new IdpTokenError('life');
  const jkt = isJsonObject(cnf) ? cnf.jkt : undefined;
  if (typeof jkt !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(jkt)) throw new IdpTokenError('cnf');
  return {
    subject: textOf(claims, 'sub'),
    clientId: textOf(claims, 'client_id'),
    jti: textOf(claims, 'jti'),
    issuerState: claims.issuer_state === undefined ? undefined : textOf(claims, 'issuer_state'),
    dpopThumbprint: jkt,
    expiresAtSeconds: exp,
    ...configurations(claims),
  };
}

function verifiedClaims(jws: ParsedJws, key: VerifyKey): JsonObject {
  verifyJws(jws, key, { typ: 'at+jwt', crypto: nodeCrypto });
  return jwsJsonPayload(jws, LIMITS);
}

function read<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new IdpTokenError(cause instanceof Error ? cause.message : 'malformed', { cause });
  }
}

function textOf(claims: JsonObject, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '' || value.length > 256) throw new IdpTokenError(name);
  return value;
}

/** Identifiers where authorization details were granted (§6.2), else scopes. */
function configurations(claims: JsonObject): Pick<IdpAuthorization, 'configurationIds' | 'byIdentifier'> {
  const details = claims.authorization_details;
  if (Array.isArray(details)) {
    const identifiers = details
      .filter((detail): detail is JsonObject => isJsonObject(detail) && detail.type === OPENID_CREDENTIAL)
      .flatMap((detail) => (Array.isArray(detail.credential_identifiers) ? detail.credential_identifiers : []));
    const ids = identifiers.flatMap((one) => (typeof one === 'string' ? (configurationOfIdentifier(one) ?? []) : []));
    return { configurationIds: [...new Set(ids)], byIdentifier: true };
  }
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  return { configurationIds: scopes.filter(isCredentialConfigurationId), byIdentifier: false };
}
