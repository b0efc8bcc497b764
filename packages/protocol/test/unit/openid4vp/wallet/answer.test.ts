import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../../src/crypto/node-crypto.js';
import type { DcqlQuery } from '../../../../src/dcql/z-dcql-query.js';
import { parseDcqlQuery } from '../../../../src/dcql/z-dcql-query.js';
import { AuthorizationRequestError } from '../../../../src/openid4vp/errors.js';
import {
  CONFIRM_TRANSACTION_TYPE,
  encodeTransactionData,
  TRANSACTION_TYPES,
} from '../../../../src/openid4vp/transaction-data.js';
import {
  createAuthorizationResponse,
  createRefusalResponse,
  redirectOf,
} from '../../../../src/openid4vp/wallet/authorization-response.js';
import { unusedCopies } from '../../../../src/openid4vp/wallet/choose-copy.js';
import { createPresentation } from '../../../../src/openid4vp/wallet/create-presentation.js';
import { readDistinguishedName } from '../../../../src/openid4vp/wallet/distinguished-name.js';
import { RequestRefusal } from '../../../../src/openid4vp/wallet/errors.js';
import {
  assignCopies,
  type HeldSdJwt,
  selectCredentials,
} from '../../../../src/openid4vp/wallet/select-credentials.js';
import { createSdJwt, selective } from '../../../../src/sd-jwt/create-sd-jwt.js';
import { parseSdJwt } from '../../../../src/sd-jwt/parse-sd-jwt.js';
import { presentSdJwt } from '../../../../src/sd-jwt/present-sd-jwt.js';
import { SD_JWT_VC_TYP, verifySdJwtVc } from '../../../../src/sd-jwt-vc/verify-sd-jwt-vc.js';
import { testKey } from '../../jws/support.js';
import { digestText, fixedSalts } from '../../sd-jwt/support.js';
import { HOST, NOW, payload, VCT, verifyRequest } from './support.js';

const issuer = testKey();
const holder = testKey();
const claims = {
  name: selective('示例·同学'),
  enrolment_status: selective('enrolled'),
  level: selective('bachelor'),
  identity_document: selective({ type: '居民身份证', number: '99' }),
  courses: selective([selective('a'), selective('b')]),
};
const held = (vct = VCT, seed = 1): HeldSdJwt => ({
  sdJwt: parseSdJwt(
    createSdJwt(
      { typ: SD_JWT_VC_TYP },
      { vct, iss: 'https://issuer.example.edu', exp: NOW + 1000, cnf: { jwk: { ...holder.jwk } }, ...claims },
      { salts: fixedSalts(seed), digestText, sign: issuer.sign },
    ),
    digestText,
  ),
});
const card = held();
const query = (more: object, ...others: object[]): DcqlQuery =>
  parseDcqlQuery({
    credentials: [{ id: 'a', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, ...more }, ...others],
  });
/** Names of what would be disclosed; undefined where the wallet has no answer. */
const disclosed = (asked: DcqlQuery, cards = [card]) => {
  const selection = selectCredentials(asked, cards);
  if (!selection.answerable) return undefined;
  return selection.credentials.map(({ candidates }) => candidates[0].disclosed.map(({ path }) => path.join('.')));
};
const claim = (id: string, path: unknown[], values?: unknown[]) => ({ id, path, ...(values ? { values } : {}) });

describe('selectCredentials', () => {
  it('discloses what is asked and nothing else', () => {
    expect(disclosed(query({ claims: [claim('s', ['enrolment_status'])] }))).toEqual([['enrolment_status']]);
    expect(disclosed(query({ claims: [claim('s', ['level']), claim('n', ['name'])] }))).toEqual([['name', 'level']]);
  });
  it('discloses nothing selective where no claims are asked', () => {
    expect(disclosed(query({}))).toEqual([[]]);
    expect(disclosed(query({ claims: [claim('t', ['vct'])] }))).toEqual([[]]);
  });
  it('says what really goes out when a part was asked [whole disclosure]', () => {
    const selection = selectCredentials(query({ claims: [claim('n', ['identity_document', 'number'])] }), [card]);
    expect(selection.answerable && selection.credentials[0]?.candidates[0].disclosed).toEqual([
      { path: ['identity_document'], value: { type: '居民身份证', number: '99' } },
    ]);
  });
  it('takes every element for null and one for an index', () => {
    const elements = (path: unknown[]) => {
      const selection = selectCredentials(query({ claims: [claim('c', path)] }), [card]);
      return selection.answerable ? selection.credentials[0]?.candidates[0].disclosed[0]?.value : undefined;
    };
    expect([elements(['courses', null]), elements(['courses', 1]), elements(['courses', 2])]).toEqual([
      ['a', 'b'],
      ['b'],
      undefined,
    ]);
  });
  it.each([
    ['another type', { meta: { vct_values: ['urn:other'] } }],
    ['a claim the card does not have', { claims: [claim('x', ['gpa'])] }],
    ['one claim of two is missing', { claims: [claim('n', ['name']), claim('x', ['gpa'])] }],
    ['another value', { claims: [claim('s', ['enrolment_status'], ['graduated'])] }],
    ['a value of another type', { claims: [claim('s', ['level'], [1, true])] }],
    ['no claim set can be met', { claims: [claim('x', ['gpa']), claim('y', ['rank'])], claim_sets: [['x'], ['y']] }],
  ])('has no answer [%s]', (_name, more) => {
    expect(disclosed(query(more))).toBeUndefined();
  });
  it('honours values [one of several]', () => {
    expect(disclosed(query({ claims: [claim('s', ['level'], ['master', 'bachelor'])] }))).toEqual([['level']]);
  });
  it('takes the first claim set that can be met, and only it', () => {
    const asked = [claim('x', ['gpa']), claim('n', ['name']), claim('s', ['enrolment_status'])];
    expect(disclosed(query({ claims: asked, claim_sets: [['x'], ['s'], ['n', 's']] }))).toEqual([['enrolment_status']]);
  });
  it('takes required sets only, first option first, never an optional extra', () => {
    const more = { id: 'b', format: 'dc+sd-jwt', meta: { vct_values: ['urn:other'] } };
    const extra = { id: 'c', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, claims: [claim('n', ['name'])] };
    const asked = parseDcqlQuery({
      ...query({ claims: [claim('s', ['level'])] }, more, extra),
      credential_sets: [{ options: [['b'], ['a']] }, { options: [['c']], required: false }],
    });
    expect(disclosed(asked)).toEqual([['level']]);
    const only = (set: object) => parseDcqlQuery({ ...query({}, more), credential_sets: [set] });
    expect(selectCredentials(only({ options: [['b']] }), [card])).toEqual({ answerable: false, missing: ['b'] });
    // Nothing required and nothing chosen would be an answer without a credential.
    expect(disclosed(only({ options: [['a']], required: false }))).toBeUndefined();
  });
  it('names what it cannot answer', () => {
    const more = { id: 'b', format: 'dc+sd-jwt', meta: { vct_values: ['urn:other'] } };
    expect(selectCredentials(query({}, more), [card])).toEqual({ answerable: false, missing: ['b'] });
  });
});

describe('copies', () => {
  it('takes a copy of its own for each query [too few, enough]', () => {
    const twice = query({}, { id: 'b', format: 'dc+sd-jwt', meta: { vct_values: [VCT] } });
    const assigned = (cards: HeldSdJwt[]) => {
      const selection = selectCredentials(twice, cards);
      return selection.answerable ? assignCopies(selection.credentials)?.map(({ queryId }) => queryId) : 'none';
    };
    expect(assigned([card])).toBeUndefined();
    expect(assigned([card, held(VCT, 9)])).toEqual(['a', 'b']);
  });
  it('offers the unused that live long enough, the first to end in front [used, ends now]', () => {
    const copies = [
      { id: 1, expiresAtSeconds: NOW + 900 },
      { id: 2, expiresAtSeconds: NOW + 500 },
      { id: 3, expiresAtSeconds: NOW + 400, usedAtMs: 1 },
      { id: 4, expiresAtSeconds: NOW + 60 },
    ];
    expect(unusedCopies(copies, NOW).map(({ id }) => id)).toEqual([2, 1]);
  });
});

async function present(change: Parameters<typeof verifyRequest>[0] = {}) {
  const request = await verifyRequest(change);
  const selection = selectCredentials(query({ claims: [claim('s', ['enrolment_status'])] }), [card]);
  if (!selection.answerable) throw new Error('no answer');
  const [candidate] = selection.credentials[0]!.candidates;
  const sign = async (data: Uint8Array) => holder.sign(data);
  return { request, presentation: await createPresentation(request, candidate, { sign, digestText, nowSeconds: NOW }) };
}

describe('createPresentation', () => {
  const check = (presentation: string, audience: string, nonce = payload.nonce) =>
    verifySdJwtVc(presentation, {
      findIssuerKey: () => issuer.verifyKey,
      nowSeconds: NOW,
      keyBinding: { required: true, nonce, audience, maxAgeSeconds: 60 },
      crypto: nodeCrypto,
    });
  it('is what a verifier accepts, bound to the full client identifier, with the asked claim alone', async () => {
    const { presentation } = await present();
    const { claims: seen, keyBinding } = check(presentation, `x509_san_dns:${HOST}`);
    expect(Object.keys(seen).sort()).toEqual(['cnf', 'enrolment_status', 'exp', 'iss', 'vct']);
    expect(keyBinding?.payload).toMatchObject({ iat: NOW, nonce: payload.nonce });
  });
  it.each([
    ['prefix stripped', HOST, payload.nonce],
    ['another nonce', `x509_san_dns:${HOST}`, 'b'.repeat(22)],
  ])('is nothing to another [%s]', async (_name, audience, nonce) => {
    const { presentation } = await present();
    expect(() => check(presentation, audience, nonce)).toThrow();
  });
});

describe('createPresentation with transactions', () => {
  const transaction = encodeTransactionData({
    type: CONFIRM_TRANSACTION_TYPE,
    credential_ids: ['id'],
    transaction_data_hashes_alg: ['sha-256'],
    ...{ text_zh: '同意', text_en: 'I agree' },
  });
  const change = { payload: { transaction_data: [transaction] } };
  const known = { ...change, options: { transactionTypes: TRANSACTION_TYPES } };
  const sign = async (data: Uint8Array) => holder.sign(data);
  const tools = { sign, digestText, nowSeconds: NOW };
  const saidBy = (presentation: string) =>
    JSON.parse(Buffer.from(presentation.split('~').at(-1)!.split('.')[1]!, 'base64url').toString()) as object;

  it('[MUST 10] hashes the text as received for the credential that authorises, and for no other', async () => {
    const request = await verifyRequest(known);
    expect(request.transactions.map(({ data }) => data.text_zh)).toEqual(['同意']);
    const presentation = presentSdJwt(card.sdJwt, [['enrolment_status']]);
    const said = saidBy(await createPresentation(request, { presentation, queryId: 'id' }, tools));
    expect(said).toMatchObject({
      transaction_data_hashes: [digestText(transaction)],
      transaction_data_hashes_alg: 'sha-256',
    });
    const other = saidBy(await createPresentation(request, { presentation, queryId: 'other' }, tools));
    expect(other).not.toHaveProperty('transaction_data_hashes');
    await expect(createPresentation(request, { presentation }, tools)).rejects.toThrow(TypeError);
  });

  it.each<[string, Parameters<typeof verifyRequest>[0]]>([
    ['a wallet that shows none', change],
    ['unknown type', { ...known, payload: { transaction_data: [encoded({ type: 'urn:x' })] } }],
    ['unknown credential', { ...known, payload: { transaction_data: [encoded({ credential_ids: ['x'] })] } }],
    ['text missing', { ...known, payload: { transaction_data: [encoded({ text_en: undefined })] } }],
    [
      'another algorithm',
      { ...known, payload: { transaction_data: [encoded({ transaction_data_hashes_alg: ['sha-512'] })] } },
    ],
    ['twice the same', { ...known, payload: { transaction_data: [transaction, transaction] } }],
    ['no base64url', { ...known, payload: { transaction_data: ['e30='] } }],
    ['no text', { ...known, payload: { transaction_data: [{}] } }],
    ['no array', { ...known, payload: { transaction_data: transaction } }],
  ])('[MUST 10] is refused, and whoever asked is told [%s]', async (_name, wrong) => {
    const error: unknown = await verifyRequest(wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthorizationRequestError);
    expect(error).toMatchObject({
      code: 'transaction-data-not-supported',
      answer: {
        responseUri: payload.response_uri,
        fields: { error: 'invalid_transaction_data', state: payload.state },
      },
    });
  });

  it('but nobody is told before it is known that he asked [another client], [past]', async () => {
    for (const wrong of [
      { options: { clientId: 'x509_san_dns:other.example' } },
      { payload: { ...change.payload, exp: 1 } },
    ]) {
      const error: unknown = await verifyRequest({ ...change, ...wrong }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RequestRefusal);
    }
  });

  it('[MUST 3] a request that was fetched by POST brings the nonce back [echoed], [missing], [another]', async () => {
    const options = { walletNonce: 'w'.repeat(22) };
    const echoed = await verifyRequest({ options, payload: { wallet_nonce: options.walletNonce } });
    expect(echoed.nonce).toBe(payload.nonce);
    for (const wallet_nonce of [undefined, 'x'.repeat(22)])
      await expect(verifyRequest({ options, payload: { wallet_nonce } })).rejects.toMatchObject({
        code: 'wallet-nonce-wrong',
      });
  });
});

function encoded(more: object): string {
  const data = { type: CONFIRM_TRANSACTION_TYPE, credential_ids: ['id'], text_zh: '同意', text_en: 'I agree', ...more };
  return Buffer.from(JSON.stringify(data)).toString('base64url');
}

describe('the answer', () => {
  it('is encrypted whole for direct_post.jwt, with the key that was asked for', async () => {
    const { request, presentation } = await present();
    const seen: unknown[] = [];
    const fields = await createAuthorizationResponse(request, new Map([['a', [presentation]]]), async (text, key) => {
      seen.push(JSON.parse(text), key.jwk.kid, key.enc);
      return 'jwe';
    });
    expect(fields).toEqual({ response: 'jwe' });
    expect(seen).toEqual([{ vp_token: { a: [presentation] }, state: 'state-1' }, 'k1', 'A256GCM']);
  });
  it('is a form for direct_post [with and without state]', async () => {
    const never = () => Promise.reject(new Error('nothing to encrypt'));
    for (const state of ['state-2', undefined]) {
      const { request } = await present({ payload: { response_mode: 'direct_post', state } });
      const fields = await createAuthorizationResponse(request, new Map([['a', ['p']]]), never);
      expect(fields).toEqual({ vp_token: '{"a":["p"]}', ...(state === undefined ? {} : { state }) });
      expect(createRefusalResponse(request)).toEqual({
        error: 'access_denied',
        ...(state === undefined ? {} : { state }),
      });
    }
  });
  it.each([
    ['https', { redirect_uri: 'https://idp.example.edu/back?response_code=1' }, true],
    ['this device', { redirect_uri: 'http://localhost:8081/back' }, true],
    ['http elsewhere', { redirect_uri: 'http://idp.example.edu/back' }, false],
    ['a script', { redirect_uri: 'javascript:alert(1)' }, false],
    ['data', { redirect_uri: 'data:text/html,x' }, false],
    ['no address', { redirect_uri: '/back' }, false],
    ['a number', { redirect_uri: 1 }, false],
    ['none', {}, false],
    ['no object', 'https://idp.example.edu', false],
  ])('leads on only to https or this device [%s]', (_name, answer, follows) => {
    expect(redirectOf(answer) !== undefined).toBe(follows);
  });
});

describe('readDistinguishedName', () => {
  const text = (tag: number, value: string) => [tag, Buffer.byteLength(value), ...Buffer.from(value)];
  const wrap = (tag: number, body: number[]) => [tag, body.length, ...body];
  const attribute = (oid: number[], value: number[]) => wrap(0x31, wrap(0x30, [...wrap(0x06, oid), ...value]));
  const name = (...attributes: number[][]) => Uint8Array.from(wrap(0x30, attributes.flat()));
  const CN = [0x55, 4, 3];
  const O = [0x55, 4, 10];
  it('reads organisation and common name', () => {
    expect(
      readDistinguishedName(name(attribute(O, text(0x0c, '示例铁路')), attribute(CN, text(0x13, 'rail')))),
    ).toEqual({
      organisation: '示例铁路',
      commonName: 'rail',
    });
  });
  it.each([
    ['characters nobody sees', name(attribute(CN, text(0x0c, 'a\u202Eb')))],
    ['not UTF-8', name(attribute(CN, [0x0c, 1, 0xff]))],
    ['another kind of text', name(attribute(CN, text(0x04, 'a')))],
    ['only spaces', name(attribute(CN, text(0x0c, '  ')))],
    ['a length beyond the end', Uint8Array.of(0x30, 0x20, 0x31)],
    ['no name at all', new Uint8Array()],
  ])('leaves out what a person could misread [%s]', (_name, der) => {
    expect(readDistinguishedName(der)).toEqual({});
  });
});
