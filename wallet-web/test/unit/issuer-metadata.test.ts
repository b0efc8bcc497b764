import { describe, expect, it } from 'vitest';
import { understoodOf } from '../../web/src/claim/claim-others.js';
import { parseIssuerMetadata } from '../../web/src/issuer/issuer-metadata.js';
import { cardKey } from '../../web/src/issuer/take-card.js';

const ISSUER = 'https://issuer.example.org';
const jwt = { jwt: { proof_signing_alg_values_supported: ['ES256'] } };
const sdJwt = (change: object = {}) => ({
  format: 'dc+sd-jwt',
  vct: 'urn:example:library',
  proof_types_supported: jwt,
  ...change,
});
const document = (configurations: object = { library: sdJwt() }, change: object = {}) =>
  ({
    credential_issuer: ISSUER,
    credential_endpoint: `${ISSUER}/credential`,
    credential_configurations_supported: configurations,
    ...change,
  }) as never;
const one = (configuration: object) =>
  parseIssuerMetadata(document({ library: configuration }), ISSUER).configurations[0];

describe('metadata of an issuer', () => {
  it('is read with what the specification presumes [one server, one copy, no nonce]', () => {
    expect(parseIssuerMetadata(document(), ISSUER)).toMatchObject({
      ...{ servers: [ISSUER], batchSize: 1, nonce: undefined, notification: undefined },
      names: { zh: 'issuer.example.org', en: 'issuer.example.org' },
    });
  });
  it.each([
    ['another issuer', { credential_issuer: 'https://evil.example' }],
    ['no credential endpoint', { credential_endpoint: undefined }],
    ['an endpoint without https', { credential_endpoint: 'http://issuer.example.org/credential' }],
    ['a script for a nonce', { nonce_endpoint: 'javascript:alert(1)' }],
    ['no servers', { authorization_servers: [] }],
    ['a list for a server', { authorization_servers: [[]] }],
  ])('is refused [%s]', (_name, change) => {
    expect(() => parseIssuerMetadata(document(undefined, change), ISSUER)).toThrow('issuer-metadata-invalid');
  });
  it('understands by format and never by name [SD-JWT VC, mdoc]', () => {
    expect(one(sdJwt())).toMatchObject({ id: 'library', format: 'dc+sd-jwt', type: 'urn:example:library' });
    const mdoc = { format: 'mso_mdoc', doctype: 'org.example.1', proof_types_supported: jwt };
    expect(one(mdoc)).toMatchObject({ format: 'mso_mdoc', type: 'org.example.1' });
  });
  it.each([
    ['another format', sdJwt({ format: 'jwt_vc_json' })],
    ['no type', sdJwt({ vct: undefined })],
    ['an mdoc without docType', sdJwt({ format: 'mso_mdoc' })],
    ['no proof', sdJwt({ proof_types_supported: undefined })],
    [
      'proofs by other algorithms',
      sdJwt({ proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['EdDSA'] } } }),
    ],
    ['attested keys', sdJwt({ proof_types_supported: { jwt: { ...jwt.jwt, key_attestations_required: {} } } })],
  ])('does not understand [%s]', (_name, configuration) => {
    expect(one(configuration)?.format).toBeUndefined();
  });
  it('takes names in both languages and a colour, without what nobody sees [bad colour, direction marks]', () => {
    const display = [
      { name: 'Library \u202ecard', locale: 'en', background_color: '#12A4f0' },
      { name: '借书证', locale: 'zh-CN' },
    ];
    expect(one(sdJwt({ credential_metadata: { display } }))).toMatchObject({
      names: { zh: '借书证', en: 'Library card' },
      colour: '#12A4f0',
    });
    const sly = [{ name: 'x', background_color: 'url(https://evil.example)' }];
    expect(one(sdJwt({ credential_metadata: { display: sly } }))).toMatchObject({
      colour: undefined,
      names: { zh: 'x', en: 'x' },
    });
  });
  it('has labels of claims where the issuer gives them', () => {
    const claims = [{ path: ['reader_number'], display: [{ name: 'Reader number', locale: 'en' }] }, { path: 'x' }];
    expect(one(sdJwt({ credential_metadata: { claims } }))?.labels).toEqual([
      { path: ['reader_number'], zh: 'Reader number', en: 'Reader number' },
    ]);
  });
  it('offers only what was offered and can be held', () => {
    const metadata = parseIssuerMetadata(document({ a: sdJwt(), b: sdJwt({ format: 'x' }), c: sdJwt() }), ISSUER);
    const offer = { issuer: ISSUER, configurationIds: ['a', 'b'], code: 'x', txCodeLength: undefined };
    const pending = { offer, offerUri: undefined, wrongTries: 0, line: undefined };
    expect(understoodOf({ pending, metadata }).map(({ id }) => id)).toEqual(['a']);
    expect(cardKey(ISSUER, 'a')).not.toBe(cardKey(`${ISSUER}/x`, 'a'));
  });
});
