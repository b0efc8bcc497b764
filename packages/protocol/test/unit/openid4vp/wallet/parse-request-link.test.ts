import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestLinkError } from '../../../../src/openid4vp/wallet/errors.js';
import {
  looksLikeRequestLink,
  parseAuthorizationRequestLink,
} from '../../../../src/openid4vp/wallet/parse-request-link.js';
import { refusalOf } from './support.js';

const PAGE = 'https://wallet.example.edu/present';
const clientId = 'x509_san_dns:verifier.example.edu';
const requestUri = 'https://verifier.example.edu/r/1?a=b&c=d';
const query = new URLSearchParams({ client_id: clientId, request_uri: requestUri }).toString();
const refused = (text: string) => refusalOf(() => parseAuthorizationRequestLink(text, PAGE));
const uri = (address: string) => `openid4vp://?${new URLSearchParams({ client_id: clientId, request_uri: address })}`;

describe('parseAuthorizationRequestLink', () => {
  it.each([
    ['custom scheme', `openid4vp://?${query}`],
    ['custom scheme with a host', `openid4vp://authorize?${query}`],
    ['custom scheme in capitals', `OPENID4VP://?${query}`],
    ['the wallet’s own page', `${PAGE}?${query}`],
    ['spaces around', `  openid4vp://?${query}\n`],
    ['get asked for', `openid4vp://?${query}&request_uri_method=get`],
    ['the scheme of HAIP', `haip-vp://?${query}`],
    ['unknown parameters', `openid4vp://?${query}&foo=1`],
  ])('reads a request by reference [%s]', (_name, text) => {
    expect(parseAuthorizationRequestLink(text, PAGE)).toEqual({ clientId, requestUri });
    expect(looksLikeRequestLink(text, PAGE)).toBe(true);
  });
  it('says where POST is asked for', () => {
    expect(parseAuthorizationRequestLink(`openid4vp://?${query}&request_uri_method=post`, PAGE)).toEqual({
      ...{ clientId, requestUri },
      requestUriMethod: 'post',
    });
  });
  it('takes any page named present where the wallet has none', () => {
    expect(parseAuthorizationRequestLink(`https://other.example/present?${query}`)).toEqual({ clientId, requestUri });
  });
  it.each(['http://localhost:8083/r', 'http://127.0.0.1/r', 'http://[::1]:9/r'])(
    'takes http on this device [%s]',
    (address) => {
      expect(parseAuthorizationRequestLink(uri(address), PAGE).requestUri).toBe(address);
    },
  );
  it.each([
    ['no link', 'hello', 'link-unreadable'],
    ['an offer', `openid-credential-offer://?${query}`, 'link-unreadable'],
    ['another site', `https://evil.example/present?${query}`, 'link-unreadable'],
    ['another page', `https://wallet.example.edu/claim?${query}`, 'link-unreadable'],
    ['too long', `openid4vp://?${query}&x=${'a'.repeat(8192)}`, 'link-too-large'],
    ['client_id twice', `openid4vp://?${query}&client_id=x`, 'link-parameter-repeated'],
    ['request_uri twice', `openid4vp://?${query}&request_uri=https%3A%2F%2Fevil.example`, 'link-parameter-repeated'],
    ['an unknown parameter twice', `openid4vp://?${query}&foo=1&foo=1`, 'link-parameter-repeated'],
    ['no client_id', `openid4vp://?request_uri=${encodeURIComponent(requestUri)}`, 'link-parameter-missing'],
    ['no request_uri', `openid4vp://?client_id=${clientId}`, 'link-parameter-missing'],
    ['empty', 'openid4vp://', 'link-parameter-missing'],
    ['by value', `openid4vp://?client_id=${clientId}&request=a.b.c`, 'link-not-supported'],
    ['unsigned', `openid4vp://?client_id=${clientId}&response_type=vp_token&nonce=1`, 'link-not-supported'],
    ['another method', `openid4vp://?${query}&request_uri_method=put`, 'link-not-supported'],
    ['http elsewhere', uri('http://verifier.example.edu/r'), 'link-address-unsafe'],
    ['http that looks local', uri('http://localhost.evil.example/r'), 'link-address-unsafe'],
    ['a user name', uri('https://a@verifier.example.edu/r'), 'link-address-unsafe'],
    ['a script', uri('javascript:alert(1)'), 'link-address-unsafe'],
    ['no address', uri('r/1'), 'link-address-unsafe'],
  ])('refuses with its own reason [%s]', async (_name, text, code) => {
    expect(await refused(text)).toBe(code);
  });
  it('answers any text with a link or a typed refusal, and never an unsafe address', () => {
    const parameter = fc.tuple(
      fc.constantFrom('client_id', 'request_uri', 'request', 'x'),
      fc.oneof(fc.webUrl(), fc.string()),
    );
    const link = fc.array(parameter, { maxLength: 5 }).map((pairs) => `openid4vp://?${new URLSearchParams(pairs)}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), link), (text) => {
        try {
          const { requestUri: found } = parseAuthorizationRequestLink(text, PAGE);
          expect(found).toMatch(/^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])/i);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestLinkError);
        }
      }),
    );
  });
});
