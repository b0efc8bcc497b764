import {
  createSaltSource,
  createSdJwt,
  JwsError,
  RequestLinkError,
  RequestRefusal,
  SD_JWT_VC_TYP,
  selective,
  verifySdJwtVc,
} from '@lanyard/protocol';
import {
  createSigner,
  generateKeyPair,
  nodeCrypto,
  nodeDigestText,
  nodeRandomBytes,
} from '@lanyard/protocol/node-crypto';
import { X509Error } from '@lanyard/protocol/x509';
import { compactDecrypt, exportJWK, generateKeyPair as generateJoseKeys } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  base64,
  type Change,
  NOW,
  payload,
  REQUEST_URI,
  requestObject,
  root,
  VCT,
} from '../../../packages/protocol/test/unit/openid4vp/wallet/support.js';
import { presentTo } from '../../src/software-wallet/present-to.js';
import { WalletRefusal } from '../../src/software-wallet/wallet-refusal.js';

const ISSUER = 'https://issuer.example.edu';
const issuerKey = generateKeyPair();
const link = `openid4vp://?${new URLSearchParams({ client_id: payload.client_id, request_uri: REQUEST_URI })}`;
type Copy = Parameters<typeof presentTo>[1]['copies'][number];

function copy(): Copy {
  const key = generateKeyPair();
  const credential = createSdJwt(
    { typ: SD_JWT_VC_TYP },
    {
      vct: VCT,
      iss: ISSUER,
      exp: NOW + 1000,
      cnf: { jwk: { ...key.jwk } },
      enrolment_status: selective('enrolled'),
      name: selective('示例'),
    },
    {
      salts: createSaltSource(nodeRandomBytes),
      digestText: nodeDigestText,
      sign: createSigner(issuerKey.privateKey),
    },
  );
  return { key, credential };
}

let copies: Copy[];
let change: Change;
let answer: { status: number; body: unknown };
let received: URLSearchParams[];
let anchors: Uint8Array[];

beforeEach(() => {
  [copies, change, answer, received, anchors] = [[copy(), copy()], {}, { status: 200, body: {} }, [], [root]];
  vi.stubGlobal('fetch', async (url: string, init: { body?: URLSearchParams; redirect?: string } = {}) => {
    if (url === `${ISSUER}/v1/anchors`) return Response.json({ reader: anchors.map(base64) });
    expect(init.redirect).toBe('error');
    if (url === REQUEST_URI) return new Response(requestObject(change));
    expect(url).toBe(payload.response_uri);
    received.push(init.body!);
    return Response.json(answer.body, { status: answer.status });
  });
});
afterEach(() => vi.unstubAllGlobals());

const present = () => presentTo(link, { copies, issuer: ISSUER, nowSeconds: NOW });
const refusal = async () => {
  const error: unknown = await present().catch((thrown: unknown) => thrown);
  for (const kind of [WalletRefusal, RequestRefusal, RequestLinkError, X509Error, JwsError])
    if (error instanceof kind) return error.code;
  return error;
};

describe('presentTo by POST, with something to confirm', () => {
  const posted = `${link}&request_uri_method=post`;
  const data = {
    type: 'urn:lanyard:transaction:confirm:1',
    credential_ids: ['id'],
    text_zh: '同意',
    text_en: 'I agree',
  };
  const encoded = (more: object = {}) => Buffer.from(JSON.stringify({ ...data, ...more })).toString('base64url');
  const forms: URLSearchParams[] = [];
  const echo = (edit: (nonce: string) => string | undefined) => {
    const { fetch: before } = globalThis;
    vi.stubGlobal('fetch', async (url: string, init: { body?: URLSearchParams } = {}) => {
      if (url !== REQUEST_URI) return before(url, init as RequestInit);
      forms.push(init.body!);
      const wallet_nonce = edit(init.body?.get('wallet_nonce') ?? '');
      return new Response(requestObject({ ...change, payload: { ...change.payload, wallet_nonce } }));
    });
  };
  const open = () => presentTo(posted, { copies, issuer: ISSUER, nowSeconds: NOW });

  it('says what it can, takes its nonce back and signs the hash', async () => {
    change = { payload: { response_mode: 'direct_post', transaction_data: [encoded()] } };
    echo((nonce) => nonce);
    await open();
    expect(JSON.parse(forms.at(-1)?.get('wallet_metadata') ?? '')).toHaveProperty('vp_formats_supported');
    expect(Buffer.from(forms.at(-1)?.get('wallet_nonce') ?? '', 'base64url')).toHaveLength(16);
    const [presentation] = (JSON.parse(received[0]?.get('vp_token') ?? '') as { id: [string] }).id;
    const said = presentation.split('~').at(-1)?.split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(said, 'base64url').toString())).toMatchObject({
      transaction_data_hashes: [nodeDigestText(encoded())],
    });
  });
  it('goes on only with its own nonce [none], [another]', async () => {
    for (const edit of [() => undefined, () => 'x'.repeat(22)]) {
      echo(edit);
      await expect(open()).rejects.toMatchObject({ code: 'wallet-nonce-wrong' });
    }
    expect(received).toHaveLength(0);
  });
  it('refuses a type it does not know, says so, and no copy is used', async () => {
    change = { payload: { transaction_data: [encoded({ type: 'urn:x' })] } };
    echo((nonce) => nonce);
    await expect(open()).rejects.toMatchObject({ code: 'transaction-data-not-supported' });
    expect(received.map((form) => form.get('error'))).toEqual(['invalid_transaction_data']);
    expect(copies.every(({ usedAtMs }) => usedAtMs === undefined)).toBe(true);
  });
});

describe('presentTo', () => {
  it('answers encrypted, with the asked claim alone and one copy used', async () => {
    const { publicKey, privateKey } = await generateJoseKeys('ECDH-ES', { crv: 'P-256' });
    const key = { ...(await exportJWK(publicKey)), kid: 'k7', use: 'enc', alg: 'ECDH-ES' };
    change = { payload: { client_metadata: { ...payload.client_metadata, jwks: { keys: [key] } } } };
    answer.body = { redirect_uri: 'https://idp.example.edu/back?response_code=1' };
    expect(await present()).toBe('https://idp.example.edu/back?response_code=1');
    const { plaintext, protectedHeader } = await compactDecrypt(received[0]?.get('response') ?? '', privateKey);
    expect(protectedHeader).toEqual({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'k7', epk: expect.anything() as unknown });
    const { vp_token: token, state } = JSON.parse(new TextDecoder().decode(plaintext)) as {
      vp_token: { id: [string] };
      state: string;
    };
    expect(state).toBe(payload.state);
    const { claims } = verifySdJwtVc(token.id[0], {
      findIssuerKey: () => nodeCrypto.importVerifyKey(issuerKey.compressed),
      nowSeconds: NOW,
      keyBinding: { required: true, nonce: payload.nonce, audience: payload.client_id, maxAgeSeconds: 60 },
      crypto: nodeCrypto,
    });
    expect([claims['enrolment_status'], claims['name']]).toEqual(['enrolled', undefined]);
    expect(copies.filter(({ usedAtMs }) => usedAtMs !== undefined)).toHaveLength(1);
  });

  it('never sends a copy twice, and has none left at the end', async () => {
    change = { payload: { response_mode: 'direct_post' } };
    await Promise.all([present(), present()]);
    const sent = received.map((form) => form.get('vp_token')?.split('~')[0]);
    expect(new Set(sent).size).toBe(2);
    expect(await refusal()).toBe('no-copies');
  });

  it('counts a copy as used when the verifier refuses the answer', async () => {
    answer = { status: 400, body: { error: 'invalid_request' } };
    expect(await refusal()).toBe('invalid_request');
    expect(copies.filter(({ usedAtMs }) => usedAtMs !== undefined)).toHaveLength(1);
  });

  it.each<[string, () => void, string]>([
    ['nobody is pinned', () => (anchors = []), 'anchor-unknown'],
    ['another typ', () => (change = { header: { typ: 'JWT' } }), 'jws-typ-wrong'],
    [
      'an answer that goes elsewhere',
      () => (change = { payload: { response_uri: 'https://evil.example/r' } }),
      'response-uri-elsewhere',
    ],
    [
      'a claim nobody issued',
      () =>
        (change = {
          payload: {
            dcql_query: { credentials: [{ ...payload.dcql_query.credentials[0], claims: [{ path: ['gpa'] }] }] },
          },
        }),
      'no-match',
    ],
    ['no card', () => (copies = []), 'no-copies'],
  ])('sends nothing [%s]', async (_name, spoil, code) => {
    spoil();
    expect(await refusal()).toBe(code);
    expect(received).toEqual([]);
    expect(copies.some(({ usedAtMs }) => usedAtMs !== undefined)).toBe(false);
  });
});
