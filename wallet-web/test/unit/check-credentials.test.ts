import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import { checkStudentIdMdoc } from '../../web/src/issuer/check-mdoc.js';
import { checkOther } from '../../web/src/issuer/check-other.js';
import { mayAskFor } from '../../web/src/issuer/refill.js';
import { signedByRetired } from '../../web/src/issuer/retired-copies.js';
import type { PublicJwk } from '../../web/src/storage/kept.js';
import { authority, mdocText, NOW, sdJwtText } from './support/credentials.js';

const own = generateKeyPair().jwk as PublicJwk;
const stranger = generateKeyPair();
const ISSUER = 'https://issuer.example.edu';
const key = { kid: 'AQIDBAUGBwg', ...authority.reader.jwk } as Record<string, unknown>;
const DOC_TYPE = 'org.lanyard.student-id.1';

describe('a student ID that came as an mdoc', () => {
  const check = (text: string, issuerKeys = [key]) =>
    checkStudentIdMdoc(text, { ownKey: own, issuerKeys, nowSeconds: NOW });
  it('is kept when it is whole, ours, and signed by a published key of the issuer', async () => {
    expect(await check(mdocText({ key: own }))).toEqual({
      ...{ claims: { name: '示例', level: 'bachelor' }, expiresAtSeconds: NOW + 86_400, signer: 'AQIDBAUGBwg' },
    });
  });
  it.each([
    ['another device key', mdocText(), 'deviceKey'],
    ['another docType', mdocText({ key: own, docType: 'org.iso.18013.5.1.mDL' }), 'docType'],
    ['signed by a stranger', mdocText({ key: own, signer: createSigner(stranger.privateKey) }), 'signature'],
    ['not valid yet', mdocText({ key: own, from: NOW + 3600 }), 'validFrom lies ahead'],
    ['past', mdocText({ key: own, from: NOW - 7200, until: NOW - 3600 }), 'validUntil has passed'],
    [
      'no certificate that can be read',
      mdocText({ key: own, leaf: Uint8Array.of(0x30, 1, 2, 3) }),
      'no DER certificate',
    ],
    ['no mdoc at all', 'AAAA', 'cbor: trailing bytes'],
  ])('is not kept [%s]', async (_name, text, problem) => {
    await expect(check(text)).rejects.toThrow(problem);
  });
  it('is not kept when its signer is none of the issuer’s keys [another key, no keys]', async () => {
    await expect(check(mdocText({ key: own }), [{ ...key, x: own.x }])).rejects.toThrow('signer');
    await expect(check(mdocText({ key: own }), [])).rejects.toThrow('signer');
  });
  it('is not kept when one element was changed', async () => {
    const bytes = Buffer.from(mdocText({ key: own }), 'base64url');
    bytes[bytes.indexOf('bachelor')] = 0x63;
    await expect(check(bytes.toString('base64url'))).rejects.toThrow('an element is not what the issuer signed');
  });
  it('goes when its signer was retired [not for another]', () => {
    const copy = { credential: 'AAAA', format: 'mso_mdoc', signer: 'AQIDBAUGBwg' } as const;
    expect([signedByRetired(copy, ['AQIDBAUGBwg']), signedByRetired(copy, ['CAcGBQQDAgE'])]).toEqual([true, false]);
  });
});

describe('a card of another issuer', () => {
  const configuration = (format: 'dc+sd-jwt' | 'mso_mdoc', type: string) => ({
    ...{ id: 'x', format, type, scope: undefined, names: { zh: 'x', en: 'x' }, colour: undefined, labels: [] },
  });
  const check = (text: string, format: 'dc+sd-jwt' | 'mso_mdoc' = 'dc+sd-jwt', issuerKeys = [{ ...key, kid: 'k' }]) =>
    checkOther(text, {
      ...{ configuration: configuration(format, format === 'mso_mdoc' ? DOC_TYPE : 'urn:x'), issuer: ISSUER },
      ...{ ownKey: own, nowSeconds: NOW, issuerKeys: async () => issuerKeys },
    });
  const bound = { cnf: { jwk: own } };
  it('is kept when it is whole and ours [SD-JWT, SD-JWT without an end, mdoc]', async () => {
    expect(await check(sdJwtText('urn:x', { a: 'b' }, bound))).toEqual({ expiresAtSeconds: NOW + 86_400 });
    expect((await check(sdJwtText('urn:x', {}, { ...bound, exp: undefined }))).expiresAtSeconds).toBeGreaterThan(4e9);
    expect(await check(mdocText({ key: own }), 'mso_mdoc')).toEqual({ expiresAtSeconds: NOW + 86_400 });
  });
  it.each([
    ['another type', sdJwtText('urn:y', {}, bound), 'vct'],
    ['another key', sdJwtText('urn:x', {}, { cnf: { jwk: stranger.jwk } }), 'cnf'],
    ['past', sdJwtText('urn:x', {}, { ...bound, exp: NOW }), 'exp'],
    ['of tomorrow', sdJwtText('urn:x', {}, { ...bound, nbf: NOW + 86_400 }), 'nbf'],
    ['of another issuer', sdJwtText('urn:x', {}, { ...bound, iss: 'https://evil.example' }), 'iss'],
  ])('is not kept [%s]', async (_name, text, problem) => {
    await expect(check(text)).rejects.toThrow(problem);
  });
  it('is not kept without the issuer’s signature [another key, no key]', async () => {
    const text = sdJwtText('urn:x', {}, bound);
    await expect(check(text, 'dc+sd-jwt', [{ ...stranger.jwk, kid: 'k' } as never])).rejects.toThrow('signature');
    await expect(check(text, 'dc+sd-jwt', [])).rejects.toThrow('signature');
  });
});

it('asks for a format that the issuer gives out, and after a refusal not for a day', () => {
  const facts = { configurations: ['student-id-mdoc'], notification: undefined, receivedAtMs: 0 };
  expect(mayAskFor('student-id-mdoc', facts, 1)).toBe(true);
  expect(mayAskFor('student-id-mdoc', { ...facts, refused: { 'student-id-mdoc': 0 } }, 86_400_000)).toBe(false);
  expect(mayAskFor('student-id-mdoc', { ...facts, refused: { 'student-id-mdoc': 0 } }, 86_400_001)).toBe(true);
  expect([mayAskFor('student-id-mdoc', undefined, 1), mayAskFor('other', facts, 1)]).toEqual([false, false]);
});
