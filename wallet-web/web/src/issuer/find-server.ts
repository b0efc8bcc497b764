import { isJsonObject, type JsonValue } from '@lanyard/protocol';
import { ask, readJson, ServiceRefusal, safeUrl } from './refusal.js';
import { wellKnown } from './well-known.js';

export const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
export const AUTHORIZATION_CODE = 'authorization_code';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** An authorization server (RFC 8414). */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly token: string;
  readonly authorization: string | undefined;
  readonly pushed: string | undefined;
  readonly grants: readonly string[];
  /** RFC 9207: `iss` is in every answer, so one without it is not from there. */
  readonly namesItself: boolean;
  readonly dpop: boolean;
}

/** @throws ServiceRefusal `server-metadata-invalid` */
export function parseServerMetadata(value: JsonValue, issuer: string): AuthorizationServer {
  // RFC 8414 §3.3: another name in the document is another server.
  if (!isJsonObject(value) || value['issuer'] !== issuer) throw invalid();
  const grants = value['grant_types_supported'] ?? [AUTHORIZATION_CODE];
  const algorithms = value['dpop_signing_alg_values_supported'];
  return {
    issuer,
    token: address(value['token_endpoint']) ?? raise(),
    authorization: address(value['authorization_endpoint']),
    pushed: address(value['pushed_authorization_request_endpoint']),
    grants: Array.isArray(grants) ? grants.map(String) : [],
    namesItself: value['authorization_response_iss_parameter_supported'] === true,
    dpop: Array.isArray(algorithms) && algorithms.includes('ES256'),
  };
}

/**
 * The server that takes a grant: the one an offer names, which has to be one of the issuer's (OpenID4VCI 1.0 §4.1.1),
 * else the first that says so. @throws ServiceRefusal `server-not-found`, `server-metadata-invalid`; NoAnswer
 */
export async function findServer(
  servers: readonly string[],
  grant: string,
  named: string | undefined,
): Promise<AuthorizationServer> {
  if (named !== undefined && !servers.includes(named)) throw new ServiceRefusal(200, 'server-not-found');
  for (const issuer of named === undefined ? servers : [named]) {
    const server = await readServer(issuer);
    const reachable = grant !== AUTHORIZATION_CODE || server.authorization !== undefined;
    if (reachable && (server.grants.includes(grant) || servers.length === 1)) return server;
  }
  throw new ServiceRefusal(200, 'server-not-found');
}

export async function readServer(issuer: string): Promise<AuthorizationServer> {
  const answer = await ask(wellKnown(issuer, 'oauth-authorization-server'));
  // Servers that are OpenID providers first have only the older name.
  const found = answer.status === 404 ? await ask(openidConfiguration(issuer)) : answer;
  return parseServerMetadata(await readJson<JsonValue>(found), issuer);
}

const openidConfiguration = (issuer: string) => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

function address(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || safeUrl(value) === undefined) throw invalid();
  return value;
}
function raise(): never {
  throw invalid();
}
const invalid = () => new ServiceRefusal(200, 'server-metadata-invalid');
