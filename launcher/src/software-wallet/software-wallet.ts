import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  assembleGateCode,
  assemblePortableCode,
  decodeBase64url,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  prepareGateCode,
  preparePortableCode,
  signJws,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, type NodeKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { type AuthorizationPlan, authorizeWith, type PendingAuthorization } from './authorize-with.js';
import { presentTo } from './present-to.js';
import { WalletRefusal } from './wallet-refusal.js';

export { WalletRefusal } from './wallet-refusal.js';

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const PRE_AUTHORIZED = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export interface OfferObject {
  credential_issuer: string;
  credential_configuration_ids: string[];
  grants: Record<string, { 'pre-authorized_code': string } | undefined>;
}

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  token_type: string;
}

export interface HeldCredential {
  key: NodeKeyPair;
  credential: string;
  /** Set before it was sent; a copy is sent once. */
  usedAtMs?: number;
}

/**
 * A wallet without a screen: the holder's half of OpenID4VCI and OpenID4VP, gate keys and codes, for the demo, load
 * and tests.
 * Time is passed in in seconds.
 */
export function createSoftwareWallet(nowSeconds: () => number = () => Math.floor(Date.now() / 1000)) {
  const dpop = generateKeyPair();
  let issuer = '';
  let tokens: Tokens | undefined;
  let gate: { key: NodeKeyPair; linkKey: Uint8Array; keyDay: number } | undefined;
  const held: Record<string, HeldCredential[]> = {};

  const dpopProof = (method: string, url: string, more: Record<string, unknown> = {}) =>
    signJws(
      { typ: 'dpop+jwt', jwk: dpop.jwk },
      { htm: method, htu: url, iat: nowSeconds(), jti: randomUUID(), ...more },
      createSigner(dpop.privateKey),
    );

  const holderProof = (key: NodeKeyPair, nonce: string, typ = 'openid4vci-proof+jwt') =>
    signJws({ typ, jwk: key.jwk }, { aud: issuer, iat: nowSeconds(), nonce }, createSigner(key.privateKey));

  async function readAnswer<T>(answer: Response): Promise<T> {
    const body: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return body as T;
    const { error, code } = body as { error?: string; code?: string };
    throw new WalletRefusal(answer.status, error ?? code ?? 'unknown');
  }

  async function requestTokens(fields: Record<string, string>): Promise<Tokens> {
    const url = `${issuer}/token`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { DPoP: dpopProof('POST', url) },
      body: new URLSearchParams(fields),
    });
    tokens = await readAnswer<Tokens>(answer);
    return tokens;
  }

  async function call<T>(path: string, body?: unknown): Promise<T> {
    if (tokens === undefined) throw new TypeError('claim an offer first');
    const method = body === undefined ? 'GET' : 'POST';
    const url = new URL(path, issuer);
    const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
    const answer = await fetch(url, {
      method,
      headers: {
        Authorization: `DPoP ${tokens.access_token}`,
        DPoP: dpopProof(method, `${url.origin}${url.pathname}`, { ath }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return readAnswer<T>(answer);
  }

  async function nonce(): Promise<string> {
    const answer = await fetch(`${issuer}/nonce`, { method: 'POST' });
    return (await readAnswer<{ c_nonce: string }>(answer)).c_nonce;
  }

  async function obtain(configurationId: string, copies: number): Promise<HeldCredential[]> {
    const keys = Array.from({ length: copies }, generateKeyPair);
    const challenge = await nonce();
    const answer = await call<{ credentials: { credential: string }[] }>('/credential', {
      credential_configuration_id: configurationId,
      proofs: { jwt: keys.map((key) => holderProof(key, challenge)) },
    });
    const got = answer.credentials.flatMap(({ credential }, index) => {
      const key = keys[index];
      return key === undefined ? [] : [{ key, credential }];
    });
    held[configurationId] = [...(held[configurationId] ?? []), ...got];
    return got;
  }

  async function enrolGateKey(): Promise<void> {
    const key = generateKeyPair();
    const proof = holderProof(key, await nonce(), 'lanyard-gate-key-proof+jwt');
    const answer = await call<{ link_key: string; key_day: number }>('/v1/gate-keys', { proof });
    gate = { key, linkKey: decodeBase64url(answer.link_key), keyDay: answer.key_day };
  }

  return {
    held,
    call,
    obtain,
    enrolGateKey,
    /** Takes an offer: tokens only. */
    async redeem(offer: OfferObject, txCode: string | undefined): Promise<Tokens> {
      issuer = offer.credential_issuer;
      const code = offer.grants[PRE_AUTHORIZED]?.['pre-authorized_code'] ?? '';
      return requestTokens({
        grant_type: PRE_AUTHORIZED,
        'pre-authorized_code': code,
        ...(txCode === undefined ? {} : { tx_code: txCode }),
      });
    },
    /**
     * Begins the authorization code flow. Completing it exchanges the access token of the authorization server for this
     * wallet's own line to the issuer; then `obtain` and `enrolGateKey` go on as after a claim.
     */
    async authorize(
      plan: AuthorizationPlan,
    ): Promise<{ address: string; complete: (returned: string) => Promise<Tokens> }> {
      issuer = plan.credentialIssuer;
      const pending: PendingAuthorization = await authorizeWith(plan, dpopProof);
      return {
        address: pending.address,
        complete: async (returned) => {
          const { access_token } = await pending.complete(returned);
          return requestTokens({
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
            subject_token: access_token,
            subject_token_type: ACCESS_TOKEN_TYPE,
          });
        },
      };
    },
    /** Takes an offer whole: ten student IDs, eight passes, the gate key. */
    async claim(
      offer: OfferObject,
      txCode: string | undefined,
      copies: { ids: number; passes: number; mdocs?: number } = { ids: 10, passes: 8 },
    ): Promise<void> {
      await this.redeem(offer, txCode);
      if (copies.ids > 0) await obtain('student-id-sd-jwt', copies.ids);
      if (copies.mdocs !== undefined && copies.mdocs > 0) await obtain('student-id-mdoc', copies.mdocs);
      if (copies.passes > 0) await obtain('student-pass', copies.passes);
      await enrolGateKey();
    },
    refresh: () => requestTokens({ grant_type: 'refresh_token', refresh_token: tokens?.refresh_token ?? '' }),
    /** A gate code of this moment. */
    gateCode(timeSeconds = nowSeconds(), challenge?: Uint8Array): string {
      if (gate === undefined) throw new TypeError('no gate key');
      const linkKey = linkKeyOfDay(nodeCrypto, gate.linkKey, gate.keyDay, Math.max(keyDay(timeSeconds), gate.keyDay));
      const prepared = prepareGateCode({
        ...gateCodeSecrets(nodeCrypto, linkKey),
        timeSeconds,
        nonce: randomBytes(4),
        ...(challenge === undefined ? {} : { challenge }),
      });
      return assembleGateCode(prepared, createSigner(gate.key.privateKey)(prepared.toBeSigned));
    },
    /** A portable code of this moment from the pass at `index`. */
    portableCode(timeSeconds = nowSeconds(), index = 0): string {
      const pass = held['student-pass']?.[index];
      if (pass === undefined) throw new TypeError('no pass');
      const prepared = preparePortableCode(nodeCrypto, {
        pass: decodeBase64url(pass.credential),
        timeSeconds,
        nonce: randomBytes(8),
      });
      return assemblePortableCode(prepared, createSigner(pass.key.privateKey)(prepared.toBeSigned));
    },
    /**
     * Answers a request, given as link (`openid4vp://…`, or the one for a wallet's page), with unused student IDs, as
     * somebody would who agrees at once. A redirect is returned and never followed: there is no browser here.
     */
    presentTo(link: string, _options: { redirect: 'return' } = { redirect: 'return' }): Promise<string | undefined> {
      const copies = { copies: held['student-id-sd-jwt'] ?? [], mdocs: held['student-id-mdoc'] ?? [] };
      return presentTo(link, { ...copies, issuer, nowSeconds: nowSeconds() });
    },
  };
}
export type SoftwareWallet = ReturnType<typeof createSoftwareWallet>;
