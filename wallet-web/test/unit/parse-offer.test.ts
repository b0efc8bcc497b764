import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OfferProblem, parseOffer, readOfferText } from '../../web/src/claim/parse-offer.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const offer = (change: object = {}, grant: object = {}) =>
  JSON.stringify({
    credential_issuer: 'https://issuer.example.edu',
    credential_configuration_ids: ['student-id-sd-jwt'],
    grants: { [GRANT]: { 'pre-authorized_code': 'abc', tx_code: { input_mode: 'numeric', length: 6 }, ...grant } },
    ...change,
  });
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof OfferProblem) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('readOfferText', () => {
  const uri = 'https://issuer.example.edu/credential-offers/x';
  it.each([
    ['scheme', `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(uri)}`],
    ['wallet link', `https://wallet.example.edu/claim?credential_offer_uri=${encodeURIComponent(uri)}`],
    ['white space around', `\n openid-credential-offer://?credential_offer_uri=${encodeURIComponent(uri)} `],
  ])('reads an offer by reference [%s]', (_name, text) => {
    expect(readOfferText(text)).toEqual({ uri });
  });
  it('reads an offer by value', () => {
    const text = `openid-credential-offer://?credential_offer=${encodeURIComponent(offer())}`;
    expect(readOfferText(text)).toEqual({ json: offer() });
  });
  it.each([
    ['no address', 'six words that are no link', 'offer-unreadable'],
    ['nothing', '', 'offer-unreadable'],
    ['no offer in it', 'https://example.edu/?a=b', 'offer-unreadable'],
    ['both forms', `x://?credential_offer=%7B%7D&credential_offer_uri=${encodeURIComponent(uri)}`, 'offer-unreadable'],
    ['two references', `x://?credential_offer_uri=${uri}&credential_offer_uri=${uri}`, 'offer-unreadable'],
    ['http elsewhere', 'x://?credential_offer_uri=http://issuer.example.edu/o', 'offer-address-unsafe'],
    ['a script', 'x://?credential_offer_uri=javascript:alert(1)', 'offer-address-unsafe'],
    ['a password in it', 'x://?credential_offer_uri=https://a:b@issuer.example.edu/o', 'offer-address-unsafe'],
    ['too long', `x://?credential_offer_uri=${uri}${'a'.repeat(9_000)}`, 'offer-too-large'],
  ])('refuses [%s]', (_name, text, code) => {
    expect(codeOf(() => readOfferText(text))).toBe(code);
  });
  it('answers or refuses any text, and never fails otherwise', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof codeOf(() => readOfferText(text)) === 'string'));
  });
});

describe('parseOffer', () => {
  it('reads issuer, configurations, code and the length of the transaction code', () => {
    expect(parseOffer(offer())).toEqual({
      issuer: 'https://issuer.example.edu',
      configurationIds: ['student-id-sd-jwt'],
      code: 'abc',
      txCodeLength: 6,
    });
  });
  it('reads the way by signing in, alone and beside a code', () => {
    const signIn = { authorization_code: { issuer_state: 'st', authorization_server: 'https://as.example.edu' } };
    const authorization = { issuerState: 'st', server: 'https://as.example.edu' };
    expect(parseOffer(offer({ grants: signIn }))).toMatchObject({ code: undefined, authorization });
    const both = { ...signIn, [GRANT]: { 'pre-authorized_code': 'abc' } };
    expect(parseOffer(offer({ grants: both }))).toMatchObject({ code: 'abc', authorization });
    expect(parseOffer(offer({ grants: { authorization_code: {} } }))).toMatchObject({
      authorization: { issuerState: undefined, server: undefined },
    });
  });
  it('knows that no transaction code is asked for', () => {
    expect(parseOffer(offer({}, { tx_code: undefined })).txCodeLength).toBeUndefined();
  });
  it.each([
    ['no JSON', '{', 'offer-malformed'],
    ['a list', '[]', 'offer-malformed'],
    ['a member twice', '{"a":1,"a":2}', 'offer-malformed'],
    ['no configurations', offer({ credential_configuration_ids: [] }), 'offer-malformed'],
    ['a configuration that is a number', offer({ credential_configuration_ids: [1] }), 'offer-malformed'],
    ['an issuer without https', offer({ credential_issuer: 'http://issuer.example.edu' }), 'offer-address-unsafe'],
    ['another grant', offer({ grants: { 'urn:example:grant': {} } }), 'offer-not-supported'],
    ['a sign-in that is a text', offer({ grants: { authorization_code: 'x' } }), 'offer-not-supported'],
    [
      'an issuer_state that is a number',
      offer({ grants: { authorization_code: { issuer_state: 1 } } }),
      'offer-malformed',
    ],
    [
      'an authorization server that is empty',
      offer({ grants: { authorization_code: { authorization_server: '' } } }),
      'offer-malformed',
    ],
    ['no grants', offer({ grants: undefined }), 'offer-not-supported'],
    ['an empty code', offer({}, { 'pre-authorized_code': '' }), 'offer-malformed'],
    ['a transaction code of letters', offer({}, { tx_code: { input_mode: 'text' } }), 'offer-not-supported'],
    ['a transaction code that is a text', offer({}, { tx_code: 'x' }), 'offer-malformed'],
    ['too long', offer({ more: 'x'.repeat(20_000) }), 'offer-too-large'],
  ])('refuses [%s]', (_name, text, code) => {
    expect(codeOf(() => parseOffer(text))).toBe(code);
  });
  it('answers or refuses any JSON, and never fails otherwise', () => {
    fc.assert(fc.property(fc.json(), (text) => typeof codeOf(() => parseOffer(text)) === 'string'));
  });
});
