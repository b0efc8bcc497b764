import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DcqlQueryError } from '../../../src/dcql/errors.js';
import { parseDcqlQuery } from '../../../src/dcql/z-dcql-query.js';
import { readVector, vectorFiles } from '../../vectors.js';
import { credentialQuery, DOC_TYPE, mdocQuery, queryCode, VCT } from './support.js';

const one = (more: object = {}) => ({ credentials: [credentialQuery(more)] });
const mdoc = (more: object = {}) => ({ credentials: [mdocQuery(more)] });
const withClaims = (...claims: object[]) => one({ claims });
const a = { id: 'a', path: ['name'] };
const b = { id: 'b', path: ['class'] };

describe('published queries (OpenID4VP 1.0 §6, examples)', () => {
  it.each(vectorFiles('openid4vp/query_lang/'))('are taken as they are [%s]', (file) => {
    const query = readVector<object>(`openid4vp/query_lang/${file}`);
    expect(parseDcqlQuery(query)).toEqual(query);
  });
});

describe('a DCQL query (OpenID4VP 1.0 §6)', () => {
  it('is taken in the form it has on the wire [least], [everything]', () => {
    expect(parseDcqlQuery(one())).toEqual(one());
    const full = {
      credentials: [
        credentialQuery({
          multiple: true,
          require_cryptographic_holder_binding: false,
          claims: [
            { ...a, values: ['x', 1, true] },
            { id: 'b', path: ['list', null, 'x'] },
          ],
          claim_sets: [['a', 'b'], ['a']],
        }),
        credentialQuery({ id: 'other', claims: [{ path: ['list', 0] }] }),
      ],
      credential_sets: [{ options: [['id'], ['id', 'other']] }, { options: [['other']], required: false }],
    };
    expect(parseDcqlQuery(full)).toEqual(full);
  });

  it('is taken for an mdoc [least], [intent to retain], [trusted authorities of any type]', () => {
    const query = mdoc({
      claims: [
        { path: [DOC_TYPE, 'name'], intent_to_retain: true },
        { path: [DOC_TYPE, 'level'], values: ['bachelor'], intent_to_retain: false },
      ],
      trusted_authorities: [
        { type: 'aki', values: ['AQID'] },
        { type: 'etsi_tl', values: ['https://lotl.example'] },
      ],
    });
    expect(parseDcqlQuery(mdoc())).toEqual(mdoc());
    expect(parseDcqlQuery(query)).toEqual(query);
    // It means something for an mdoc only.
    const sdJwt = one({ claims: [{ path: ['name'], intent_to_retain: true }] });
    expect(parseDcqlQuery(sdJwt)).toEqual(one({ claims: [{ path: ['name'] }] }));
  });

  it('loses members nobody knows, as §6 demands [query], [credential], [meta], [claim], [set]', () => {
    const x = { unknown: 1 };
    const query = {
      credentials: [credentialQuery({ ...x, meta: { vct_values: [VCT], ...x }, claims: [{ path: ['name'], ...x }] })],
      credential_sets: [{ options: [['id']], purpose: 'old', ...x }],
      ...x,
    };
    expect(parseDcqlQuery(query)).toEqual({
      credentials: [credentialQuery({ claims: [{ path: ['name'] }] })],
      credential_sets: [{ options: [['id']] }],
    });
  });

  const refused: [string, string, unknown][] = [
    ['not an object', 'dcql-malformed', []],
    ['no credentials', 'dcql-malformed', {}],
    ['empty credentials', 'dcql-malformed', { credentials: [] }],
    ['a credential that is none', 'dcql-malformed', { credentials: ['x'] }],
    ['no id', 'dcql-id-malformed', one({ id: undefined })],
    ['an empty id', 'dcql-id-malformed', one({ id: '' })],
    ['an id with a dot', 'dcql-id-malformed', one({ id: 'a.b' })],
    ['an id that is no safe name', 'dcql-id-malformed', one({ id: '__proto__' })],
    ['an id twice', 'dcql-id-repeated', { credentials: [credentialQuery(), credentialQuery()] }],
    ['an mdoc with the meta of an SD-JWT', 'dcql-meta-malformed', one({ format: 'mso_mdoc' })],
    ['W3C', 'dcql-format-not-supported', one({ format: 'jwt_vc_json' })],
    ['the old SD-JWT name', 'dcql-format-not-supported', one({ format: 'vc+sd-jwt' })],
    ['no format', 'dcql-format-not-supported', one({ format: undefined })],
    ['no meta', 'dcql-meta-missing', one({ meta: undefined })],
    ['meta a text', 'dcql-meta-malformed', one({ meta: 'x' })],
    ['meta empty', 'dcql-meta-malformed', one({ meta: {} })],
    ['types not texts', 'dcql-meta-malformed', one({ meta: { vct_values: [1] } })],
    ['no types', 'dcql-malformed', one({ meta: { vct_values: [] } })],
    ['trusted authorities empty', 'dcql-malformed', one({ trusted_authorities: [] })],
    ['a trusted authority a text', 'dcql-malformed', one({ trusted_authorities: ['aki'] })],
    [
      'a trusted authority without values',
      'dcql-malformed',
      one({ trusted_authorities: [{ type: 'aki', values: [] }] }),
    ],
    ['a trusted authority without type', 'dcql-malformed', one({ trusted_authorities: [{ values: ['x'] }] })],
    [
      'too many authorities',
      'dcql-too-large',
      one({ trusted_authorities: Array(17).fill({ type: 'a', values: ['b'] }) }),
    ],
    ['mdoc without meta', 'dcql-meta-missing', mdoc({ meta: undefined })],
    ['mdoc with several types', 'dcql-meta-malformed', mdoc({ meta: { doctype_value: [DOC_TYPE] } })],
    ['mdoc with an empty type', 'dcql-meta-malformed', mdoc({ meta: { doctype_value: '' } })],
    ['an mdoc path of one', 'dcql-path-malformed', mdoc({ claims: [{ path: [DOC_TYPE] }] })],
    ['an mdoc path of three', 'dcql-path-malformed', mdoc({ claims: [{ path: [DOC_TYPE, 'a', 'b'] }] })],
    ['an mdoc path with an index', 'dcql-path-malformed', mdoc({ claims: [{ path: [DOC_TYPE, 0] }] })],
    ['an mdoc path with null', 'dcql-path-malformed', mdoc({ claims: [{ path: [null, 'a'] }] })],
    [
      'intent to retain a text',
      'dcql-malformed',
      mdoc({ claims: [{ path: [DOC_TYPE, 'a'], intent_to_retain: 'no' }] }),
    ],
    ['multiple a text', 'dcql-malformed', one({ multiple: 'true' })],
    ['binding a number', 'dcql-malformed', one({ require_cryptographic_holder_binding: 0 })],
    ['claims empty', 'dcql-malformed', one({ claims: [] })],
    ['a claim a text', 'dcql-malformed', one({ claims: ['name'] })],
    ['claim sets without claims', 'dcql-claim-sets-without-claims', one({ claim_sets: [['a']] })],
    [
      'claim sets and a claim without id',
      'dcql-id-malformed',
      one({ claims: [a, { path: ['x'] }], claim_sets: [['a']] }),
    ],
    ['a claim set with an unknown id', 'dcql-id-unknown', one({ claims: [a, b], claim_sets: [['a', 'c']] })],
    ['a claim set with an id twice', 'dcql-id-repeated', one({ claims: [a, b], claim_sets: [['a', 'a']] })],
    ['a claim set empty', 'dcql-malformed', one({ claims: [a, b], claim_sets: [[]] })],
    ['two claims with one id', 'dcql-id-repeated', withClaims(a, { id: 'a', path: ['x'] })],
    ['a claim asked for twice', 'dcql-path-repeated', withClaims(a, { path: ['name'], values: ['x'] })],
    ['no path', 'dcql-path-malformed', withClaims({})],
    ['an empty path', 'dcql-path-malformed', withClaims({ path: [] })],
    ['a path with -1', 'dcql-path-malformed', withClaims({ path: ['x', -1] })],
    ['a path with 1.5', 'dcql-path-malformed', withClaims({ path: ['x', 1.5] })],
    ['a path with an object', 'dcql-path-malformed', withClaims({ path: [{}] })],
    ['a path too deep', 'dcql-too-large', withClaims({ path: Array(9).fill('x') })],
    ['values empty', 'dcql-malformed', withClaims({ path: ['x'], values: [] })],
    ['values with null', 'dcql-values-malformed', withClaims({ path: ['x'], values: [null] })],
    ['values with 0.5', 'dcql-values-malformed', withClaims({ path: ['x'], values: [0.5] })],
    [
      'too many credentials',
      'dcql-too-large',
      { credentials: Array.from({ length: 9 }, (_, n) => credentialQuery({ id: `i${n}` })) },
    ],
    ['too many claims', 'dcql-too-large', withClaims(...Array.from({ length: 65 }, (_, n) => ({ path: [`c${n}`] })))],
    ['a credential set that is none', 'dcql-malformed', { ...one(), credential_sets: ['id'] }],
    ['a credential set without options', 'dcql-malformed', { ...one(), credential_sets: [{}] }],
    ['an option with an unknown id', 'dcql-id-unknown', { ...one(), credential_sets: [{ options: [['x']] }] }],
    ['required a text', 'dcql-malformed', { ...one(), credential_sets: [{ options: [['id']], required: 'no' }] }],
  ];
  it.each(refused)('is refused [%s: %s]', (_, code, query) => {
    expect(queryCode(query)).toBe(code);
  });

  it('never ends in anything but a query or its own error, and a parsed query parses to itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (claims, sets, meta) => {
        for (const query of [
          claims,
          one({ claims, claim_sets: sets }),
          one({ meta }),
          { ...one(), credential_sets: sets },
        ]) {
          try {
            const parsed = parseDcqlQuery(query);
            expect(parseDcqlQuery(parsed)).toEqual(parsed);
          } catch (error) {
            expect(error).toBeInstanceOf(DcqlQueryError);
          }
        }
      }),
    );
  });
});
