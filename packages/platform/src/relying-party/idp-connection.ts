import { randomUUID } from 'node:crypto';
import { type Sign, signJws } from '@lanyard/protocol';
import * as client from 'openid-client';
import { Refusal } from '../http/refusal.js';
import type { Clock } from '../time/clock.js';

/** How a service of ours is known at the identity layer. */
export interface IdpClient {
  /** Issuer identifier of the identity layer. */
  issuer: string;
  clientId: string;
  /** The service's client key (private_key_jwt, ES256). */
  sign: Sign;
  clock: Clock;
}

/** Clocks may differ by this much (seconds). */
export const CLOCK_TOLERANCE_SECONDS = 30;
const TIMEOUT_SECONDS = 10;
const ASSERTION_SECONDS = 60;

/**
 * Configurations for openid-client, discovered when first needed: the service comes up while the identity layer is away.
 * Each is new, so that its clock is the one given and keys are never older than the sign-in they serve.
 */
export function createIdpConnection(options: IdpClient): () => Promise<client.Configuration> {
  let discovered: client.ServerMetadata | undefined;
  const insecure = new URL(options.issuer).protocol === 'http:';
  return async () => {
    discovered ??= await discover(options, insecure);
    const configuration = new client.Configuration(
      discovered,
      options.clientId,
      {
        id_token_signed_response_alg: 'ES256',
        [client.clockSkew]: options.clock.nowSeconds() - Math.floor(Date.now() / 1000),
        [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
      },
      privateKeyJwt(options),
    );
    configuration.timeout = TIMEOUT_SECONDS;
    // Without this the library trusts the connection instead of the ID token's signature.
    client.enableNonRepudiationChecks(configuration);
    if (insecure) client.allowInsecureRequests(configuration);
    return configuration;
  };
}

async function discover(options: IdpClient, insecure: boolean): Promise<client.ServerMetadata> {
  try {
    const found = await client.discovery(new URL(options.issuer), options.clientId, undefined, client.None(), {
      timeout: TIMEOUT_SECONDS,
      execute: insecure ? [client.allowInsecureRequests] : [],
    });
    return found.serverMetadata();
  } catch (cause) {
    throw new Refusal('dependency-unavailable', { cause });
  }
}

/** RFC 7523 §2.2 with the issuer identifier as the only audience, so that no other server can use the assertion. */
function privateKeyJwt({ issuer, sign, clock, clientId }: IdpClient): client.ClientAuth {
  return (_server, _client, body) => {
    const iat = clock.nowSeconds();
    const claims = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat, exp: iat + ASSERTION_SECONDS };
    body.set('client_id', clientId);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', signJws({ typ: 'JWT' }, claims, sign));
  };
}
