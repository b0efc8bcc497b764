import { randomUUID } from 'node:crypto';
import { jwsJsonPayload, parseJws, signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';

const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const now = () => Math.floor(Date.now() / 1000);

export function dpopProof(key: NodeKeyPair, method: string, url: string, more: Record<string, unknown> = {}): string {
  return signJws(
    { typ: 'dpop+jwt', jwk: key.jwk },
    { htm: method, htu: url, iat: now(), jti: randomUUID(), ...more },
    createSigner(key.privateKey),
  );
}

export async function accessHash(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return Buffer.from(digest).toString('base64url');
}

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  token_type: string;
}

/** The wallet's half of OpenID4VCI, as small as a test needs it. `at` is the process it talks to, where there are two. */
export function createSoftwareWallet(issuer: string, dpop: NodeKeyPair = generateKeyPair(), at = issuer) {
  const form = (fields: Record<string, string>, proof?: string) =>
    fetch(`${at}/token`, {
      method: 'POST',
      headers: proof === undefined ? {} : { DPoP: proof },
      body: new URLSearchParams(fields),
    });
  return {
    dpop,
    token: (code: string, txCode: string | undefined, bound = true, more: Record<string, string> = {}) =>
      form(
        {
          ...more,
          grant_type: PRE_AUTHORIZED,
          'pre-authorized_code': code,
          ...(txCode === undefined ? {} : { tx_code: txCode }),
        },
        bound ? dpopProof(dpop, 'POST', `${issuer}/token`) : undefined,
      ),
    refresh: (token: string) =>
      form({ grant_type: 'refresh_token', refresh_token: token }, dpopProof(dpop, 'POST', `${issuer}/token`)),
    nonce: async () => ((await (await fetch(`${at}/nonce`, { method: 'POST' })).json()) as { c_nonce: string }).c_nonce,
    proof: (key: NodeKeyPair, nonce: string, change: { header?: object; payload?: object; typ?: string } = {}) =>
      signJws(
        { typ: change.typ ?? 'openid4vci-proof+jwt', jwk: key.jwk, ...change.header },
        { aud: issuer, iat: now(), nonce, ...change.payload },
        createSigner(key.privateKey),
      ),
    async call(path: string, token: string, body?: unknown): Promise<Response> {
      const method = body === undefined ? 'GET' : 'POST';
      const url = `${issuer}${path}`;
      return fetch(`${at}${path}`, {
        method,
        headers: {
          Authorization: `DPoP ${token}`,
          DPoP: dpopProof(dpop, method, url.split('?')[0] ?? url, { ath: await accessHash(token) }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
  };
}
export type SoftwareWallet = ReturnType<typeof createSoftwareWallet>;

export const codeOf = (offer: {
  credential_offer: { grants: Record<string, { 'pre-authorized_code': string }> };
}): string => offer.credential_offer.grants[PRE_AUTHORIZED]!['pre-authorized_code'];

export const payloadOf = (compact: string) => jwsJsonPayload(parseJws(compact.split('~')[0] ?? ''));
export { generateKeyPair };
