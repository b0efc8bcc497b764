import { DcqlQuery as Oracle } from 'dcql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/base64url/strict-json.js';
import { checkDcqlAnswer } from '../../../src/dcql/check-dcql-answer.js';
import { selectByPath } from '../../../src/dcql/match-claims.js';
import { parseDcqlQuery } from '../../../src/dcql/z-dcql-query.js';
import { answerCode, credentialQuery, DOC_TYPE, held, heldMdoc, mdocQuery, queryCode, VCT } from './support.js';

const one = (more: object = {}) => ({ credentials: [credentialQuery(more)] });
const named = (...ids: string[]) => ids.map((id) => credentialQuery({ id }));

describe('an answer to one credential query [MUST 4, 5] [KNOWN 6]', () => {
  it('is refused in its shape [unknown id], [empty], [two without multiple], [missing], [beside the right one]', () => {
    expect(answerCode(one(), { id: [held()] })).toBe('accepted');
    expect(answerCode(one({ multiple: true }), { id: [held(), held()] })).toBe('accepted');
    expect(answerCode(one(), { x: [held()] })).toBe('answer-id-unknown');
    expect(answerCode(one(), { id: [] })).toBe('answer-empty');
    expect(answerCode(one(), { id: [held(), held()] })).toBe('answer-too-many');
    expect(answerCode(one(), {})).toBe('answer-missing');
    expect(answerCode(one(), { id: [held()], x: [held()] })).toBe('answer-id-unknown');
  });

  it('is checked again in every criterion [format], [vct], [holder binding], [second of several]', () => {
    expect(answerCode(one(), { id: [heldMdoc()] })).toBe('answer-format-wrong');
    expect(answerCode(one(), { id: [held({}, { vct: 'urn:other' })] })).toBe('answer-type-wrong');
    expect(answerCode(one(), { id: [held({}, { holderBound: false })] })).toBe('answer-not-bound');
    const free = one({ require_cryptographic_holder_binding: false });
    expect(answerCode(free, { id: [held({}, { holderBound: false })] })).toBe('accepted');
    const many = one({ multiple: true });
    expect(answerCode(many, { id: [held(), held({}, { vct: 'urn:other' })] })).toBe('answer-type-wrong');
  });

  it('holds the claims [there], [missing], [values], [values of another type], [value lied about]', () => {
    const query = (claim: object) => one({ claims: [claim] });
    const claims = { level: 'bachelor', sex: 1, nested: { deep: ['x', { y: true }] } };
    const code = (claim: object) => answerCode(query(claim), { id: [held(claims)] });
    expect(code({ path: ['level'] })).toBe('accepted');
    expect(code({ path: ['name'] })).toBe('answer-claim-missing');
    expect(code({ path: ['level'], values: ['master', 'bachelor'] })).toBe('accepted');
    expect(code({ path: ['level'], values: ['master'] })).toBe('answer-value-wrong');
    expect(code({ path: ['sex'], values: ['1'] })).toBe('answer-value-wrong');
    expect(code({ path: ['sex'], values: [1] })).toBe('accepted');
    expect(code({ path: ['nested', 'deep', 1, 'y'], values: [true] })).toBe('accepted');
    expect(code({ path: ['nested', 'deep', null], values: ['z'] })).toBe('answer-value-wrong');
    expect(code({ path: ['toString'] })).toBe('answer-claim-missing');
    expect(code({ path: ['__proto__'] })).toBe('answer-claim-missing');
  });

  it('is checked again as an mdoc [type], [format], [device signature], [element], [namespace], [value]', () => {
    const query = (more: object = {}) => ({ credentials: [mdocQuery(more)] });
    const code = (asked: object, presented = heldMdoc({ level: 'bachelor', sex: 1 })) =>
      answerCode(query(asked), { id: [presented] });
    expect(code({})).toBe('accepted');
    expect(code({}, heldMdoc({}, { docType: 'org.iso.18013.5.1.mDL' }))).toBe('answer-type-wrong');
    expect(code({}, held())).toBe('answer-format-wrong');
    expect(code({}, heldMdoc({}, { holderBound: false }))).toBe('answer-not-bound');
    const claim = (path: string[], values?: unknown[]) => ({ claims: [{ path, ...(values ? { values } : {}) }] });
    expect(code(claim([DOC_TYPE, 'level']))).toBe('accepted');
    expect(code(claim([DOC_TYPE, 'name']))).toBe('answer-claim-missing');
    expect(code(claim(['org.iso.18013.5.1', 'level']))).toBe('answer-claim-missing');
    expect(code(claim([DOC_TYPE, 'level'], ['master', 'bachelor']))).toBe('accepted');
    expect(code(claim([DOC_TYPE, 'level'], ['master']))).toBe('answer-value-wrong');
    expect(code(claim([DOC_TYPE, 'sex'], ['1']))).toBe('answer-value-wrong');
  });

  it('comes from a trusted authority [aki], [another], [no chain], [types nobody knows], [one of two entries]', () => {
    const aki = { type: 'aki', values: ['AQID', 'BAUG'] };
    const unknown = [
      { type: 'etsi_tl', values: ['https://lotl.example'] },
      { type: 'openid_federation', values: ['https://anchor.example'] },
    ];
    for (const [asked, present] of [
      [mdocQuery, heldMdoc],
      [credentialQuery, held],
    ] as const) {
      const code = (authorities: object[], authorityKeyIds?: string[]) =>
        answerCode(
          { credentials: [asked({ trusted_authorities: authorities })] },
          {
            id: [present({}, authorityKeyIds === undefined ? {} : { authorityKeyIds })],
          },
        );
      expect(code([aki], ['BAUG'])).toBe('accepted');
      expect(code([aki], ['BwgJ'])).toBe('answer-authority-wrong');
      expect(code([aki])).toBe('answer-authority-wrong');
      expect(code(unknown, ['BAUG'])).toBe('answer-authority-wrong');
      expect(code(unknown, ['https://lotl.example'])).toBe('answer-authority-wrong');
      expect(code([...unknown, aki], ['AQID'])).toBe('accepted');
    }
  });

  it('may take any claim set completely, the verifier\u2019s order first [first], [second], [half of each]', () => {
    const claims = ['a', 'b', 'c'].map((id) => ({ id, path: [id] }));
    const query = one({ claims, claim_sets: [['a', 'b'], ['c']] });
    const matched = (value: object) =>
      checkDcqlAnswer(parseDcqlQuery(query), new Map([['id', [held(value)]]]))
        .get('id')?.[0]
        ?.claims.map(({ id }) => id);
    expect(matched({ a: 1, b: 2, c: 3 })).toEqual(['a', 'b']);
    expect(matched({ a: 1, c: 3 })).toEqual(['c']);
    expect(answerCode(query, { id: [held({ a: 1 })] })).toBe('answer-claim-missing');
  });
});

describe('credential sets (§6.4.2)', () => {
  const sets = (...credential_sets: object[]) => ({ credentials: named('a', 'b', 'c', 'd'), credential_sets });
  const code = (query: object, ...ids: string[]) =>
    answerCode(query, Object.fromEntries(ids.map((id) => [id, [held()]])));

  it('want one complete option of each required set [first], [second], [half], [none]', () => {
    const query = sets({ options: [['a', 'b'], ['c']] });
    expect(code(query, 'a', 'b')).toBe('accepted');
    expect(code(query, 'c')).toBe('accepted');
    expect(code(query, 'a')).toBe('answer-missing');
    expect(code(query)).toBe('answer-missing');
  });

  it('refuse what no choice of options asks for [both options], [in no set], [half of an optional set]', () => {
    const query = sets({ options: [['a', 'b'], ['c']] });
    expect(code(query, 'a', 'b', 'c')).toBe('answer-not-asked');
    expect(code(query, 'c', 'd')).toBe('answer-not-asked');
    const optional = sets({ options: [['a']] }, { options: [['b', 'c']], required: false });
    expect(code(optional, 'a', 'b', 'c')).toBe('accepted');
    expect(code(optional, 'a')).toBe('accepted');
    expect(code(optional, 'a', 'b')).toBe('answer-not-asked');
  });

  it('may share a credential', () => {
    const query = sets({ options: [['a'], ['b']] }, { options: [['a', 'c'], ['d']] });
    expect(code(query, 'a', 'c')).toBe('accepted');
    expect(code(query, 'b', 'd')).toBe('accepted');
    expect(code(query, 'a', 'd')).toBe('accepted');
    expect(code(query, 'a', 'b', 'd')).toBe('answer-not-asked');
  });
});

describe('a claims path (§7)', () => {
  const claims: JsonObject = { a: { b: [1, [2, 3], { c: 4 }] }, list: [{ c: 4 }, {}], empty: [], n: null };
  it.each([
    [['a', 'b', 0], [1]],
    [
      ['a', 'b', null],
      [1, [2, 3], { c: 4 }],
    ],
    [['a', 'b', null, 'c'], []],
    [['list', null, 'c'], [4]],
    [
      ['list', null],
      [{ c: 4 }, {}],
    ],
    [['empty', null], []],
    [
      ['a', 'b', 1, null],
      [2, 3],
    ],
    [['a', 'b', 9], []],
    [['a', 0], []],
    [['a', null], []],
    [[0], []],
    [['n'], [null]],
    [['n', 'x'], []],
    [['a', 'b', 'length'], []],
  ])('%j selects %j', (path, selected) => {
    expect(selectByPath(claims, path)).toEqual(selected);
  });
});

describe('with dcql as oracle', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const leaf = fc.constantFrom<(string | number | boolean)[]>('x', 'y', 1, 2, true);
  // Elements of one kind: among others the oracle goes on where §7.1 says to abort.
  const tree = fc.letrec<{ value: unknown; object: object; array: unknown[] }>((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, leaf, tie('object'), tie('array')),
    object: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    array: fc.oneof(
      ...[leaf, tie('object'), tie('array')].map((kind) => fc.array<unknown>(kind, { minLength: 1, maxLength: 2 })),
    ),
  }));
  const path = fc
    .tuple(name, fc.array(fc.oneof(name, fc.nat(2), fc.constant(null)), { maxLength: 2 }))
    .map(([first, rest]) => [first, ...rest]);
  const claim = fc.record({
    path,
    values: fc.option(fc.array(leaf, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  });
  const claimsOf = fc
    .uniqueArray(claim, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one.path) })
    .map((list) =>
      list.map((one, n) => ({ id: `c${n}`, path: one.path, ...(one.values ? { values: one.values } : {}) })),
    );

  it('a credential fits a query for both or for neither', () => {
    let fitting = 0;
    fc.assert(
      fc.property(
        fc.record({ a: tree.value, b: tree.value, c: tree.value }),
        claimsOf,
        fc.boolean(),
        fc.constantFrom(VCT, VCT, VCT, 'urn:other'),
        fc.constantFrom(true, true, true, false),
        (claims, asked, withSets, vct, bound) => {
          const sets = withSets ? { claim_sets: asked.map(({ id }) => [id]) } : {};
          const query = one({ claims: asked, ...sets });
          expect(queryCode(query)).toBe('accepted');
          const parsed = Oracle.parse(query as never);
          Oracle.validate(parsed);
          const credential = {
            credential_format: 'dc+sd-jwt' as const,
            vct,
            claims: claims as never,
            cryptographic_holder_binding: bound,
          };
          const theirs = Oracle.query(parsed, [credential]).can_be_satisfied;
          const ours = answerCode(query, { id: [held(claims, { vct, holderBound: bound })] }) === 'accepted';
          if (ours) fitting += 1;
          expect(ours, JSON.stringify({ query, claims })).toBe(theirs);
        },
      ),
      { numRuns: 1_000, seed: 20_261_129 },
    );
    // One in fifteen fits: enough of both kinds.
    expect(fitting).toBeGreaterThan(20);
  });

  it('both refuse a malformed query; only ours one without meta, which §6.1 demands', () => {
    for (const query of [
      {},
      { credentials: [] },
      one({ id: 'a.b' }),
      one({ claims: [{ path: [] }] }),
      one({ claims: [] }),
    ]) {
      expect(queryCode(query)).not.toBe('accepted');
      expect(() => Oracle.validate(Oracle.parse(query as never))).toThrow();
    }
    expect(queryCode(one({ meta: undefined }))).toBe('dcql-meta-missing');
  });
});
