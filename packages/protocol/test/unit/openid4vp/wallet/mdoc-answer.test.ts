import { describe, expect, it } from 'vitest';
import { decodeBase64url } from '../../../../src/base64url/base64url.js';
import { checkAnswerShape } from '../../../../src/dcql/check-answer-shape.js';
import { checkDcqlAnswer } from '../../../../src/dcql/check-dcql-answer.js';
import { parseDcqlQuery } from '../../../../src/dcql/z-dcql-query.js';
import { jsonOfElements } from '../../../../src/mdoc/elements.js';
import { verifyDeviceResponse } from '../../../../src/mdoc/verify-device-response.js';
import { parseVpToken } from '../../../../src/openid4vp/parse-vp-token.js';
import {
  createMdocPresentation,
  sessionTranscriptOf,
} from '../../../../src/openid4vp/wallet/create-mdoc-presentation.js';
import {
  assignCopies,
  type HeldMdoc,
  type HeldSdJwt,
  selectCredentials,
} from '../../../../src/openid4vp/wallet/select-credentials.js';
import { createSdJwt, selective } from '../../../../src/sd-jwt/create-sd-jwt.js';
import { parseSdJwt } from '../../../../src/sd-jwt/parse-sd-jwt.js';
import { codeOf, DOC_TYPE, holder, issuer, NAMESPACE, options, parsed, sha256 } from '../../mdoc/support.js';
import { digestText, fixedSalts } from '../../sd-jwt/support.js';
import { payload, VCT, verifyRequest } from './support.js';

const card: HeldMdoc = { mdoc: parsed(), authorityKeyIds: ['AQID'] };
const sdJwt: HeldSdJwt = {
  sdJwt: parseSdJwt(
    createSdJwt(
      { typ: 'dc+sd-jwt' },
      { vct: VCT, name: selective('示例·同学') },
      { salts: fixedSalts(), digestText, sign: issuer.sign },
    ),
    digestText,
  ),
};
const mdocQuery = (more: object = {}) => ({
  id: 'm',
  format: 'mso_mdoc',
  meta: { doctype_value: DOC_TYPE },
  ...more,
});
const query = (more: object = {}, ...others: object[]) => parseDcqlQuery({ credentials: [mdocQuery(more), ...others] });
const claim = (element: string, values?: unknown[], namespace = NAMESPACE) => ({
  path: [namespace, element],
  ...(values ? { values } : {}),
});
const disclosed = (more: object) => {
  const selection = selectCredentials(query(more), [card]);
  return selection.answerable ? selection.credentials[0]!.candidates[0].disclose : undefined;
};

describe('selectCredentials for an mdoc', () => {
  it('discloses what is asked and nothing else [one], [two], [no claims]', () => {
    expect(disclosed({ claims: [claim('level')] })).toEqual([[NAMESPACE, 'level']]);
    expect(disclosed({ claims: [claim('sex'), claim('name')] })).toEqual([
      [NAMESPACE, 'sex'],
      [NAMESPACE, 'name'],
    ]);
    expect(disclosed({})).toEqual([]);
  });

  it('says what goes out [value as JSON]', () => {
    const selection = selectCredentials(query({ claims: [claim('name')] }), [card]);
    expect(selection.answerable && selection.credentials[0]?.candidates[0].disclosed).toEqual([
      { path: [NAMESPACE, 'name'], value: '示例·同学' },
    ]);
  });

  it.each([
    ['another type', { meta: { doctype_value: 'org.other' } }],
    ['an element the card does not have', { claims: [claim('gpa')] }],
    ['another namespace', { claims: [claim('level', undefined, 'org.other')] }],
    ['another value', { claims: [claim('level', ['master'])] }],
    ['a value of another kind', { claims: [claim('sex', ['1'])] }],
    ['another authority', { trusted_authorities: [{ type: 'aki', values: ['BAUG'] }] }],
    ['authorities of a kind nobody knows', { trusted_authorities: [{ type: 'etsi_tl', values: ['AQID'] }] }],
  ])('has no answer [%s]', (_name, more) => {
    expect(disclosed(more)).toBeUndefined();
  });

  it('honours values, authorities and claim sets', () => {
    expect(disclosed({ claims: [claim('level', ['master', 'bachelor'])] })).toEqual([[NAMESPACE, 'level']]);
    expect(disclosed({ trusted_authorities: [{ type: 'aki', values: ['AQID'] }] })).toEqual([]);
    const claims = [
      { id: 'x', ...claim('gpa') },
      { id: 's', ...claim('sex') },
    ];
    expect(disclosed({ claims, claim_sets: [['x'], ['s']] })).toEqual([[NAMESPACE, 'sex']]);
  });

  it('answers each query in its own format from one bag of cards', () => {
    const asked = query(
      { claims: [claim('level')] },
      { id: 's', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, claims: [{ path: ['name'] }] },
    );
    const selection = selectCredentials<HeldMdoc | HeldSdJwt>(asked, [sdJwt, card]);
    expect(selection.answerable).toBe(true);
    if (!selection.answerable) return;
    const chosen = assignCopies(selection.credentials)!;
    expect(chosen.map(({ queryId, candidate }) => [queryId, candidate.format])).toEqual([
      ['m', 'mso_mdoc'],
      ['s', 'dc+sd-jwt'],
    ]);
    expect(selectCredentials(asked, [card])).toEqual({ answerable: false, missing: ['s'] });
  });
});

async function present(change: Parameters<typeof verifyRequest>[0] = {}) {
  const request = await verifyRequest(change);
  const selection = selectCredentials(query({ claims: [claim('level')] }), [card]);
  if (!selection.answerable) throw new Error('no answer');
  const [candidate] = selection.credentials[0]!.candidates;
  const sign = async (data: Uint8Array) => holder.sign(data);
  return { request, presentation: await createMdocPresentation(request, candidate, { sign, sha256 }) };
}

describe('createMdocPresentation', () => {
  it('is what a verifier accepts: vp_token, shape, signatures, query [direct_post.jwt], [direct_post]', async () => {
    for (const mode of ['direct_post.jwt', 'direct_post']) {
      const { request, presentation } = await present({ payload: { response_mode: mode } });
      const asked = query({ claims: [claim('level', ['bachelor'])] });
      const token = parseVpToken({ m: [presentation] });
      checkAnswerShape(asked, token);
      const [mdoc] = verifyDeviceResponse(decodeBase64url(token.get('m')![0]!), {
        ...options,
        sessionTranscript: sessionTranscriptOf(request, sha256),
      });
      const claims = jsonOfElements(mdoc.elements);
      expect(claims).toEqual({ [NAMESPACE]: { level: 'bachelor' } });
      const presented = { format: 'mso_mdoc', docType: mdoc.docType, claims, holderBound: true } as const;
      expect(checkDcqlAnswer(asked, new Map([['m', [presented]]])).get('m')).toHaveLength(1);
    }
  });

  it.each([
    ['prefix stripped', { clientId: 'verifier.example.edu' }],
    ['another nonce', { nonce: 'b'.repeat(22) }],
    ['another address', { responseUri: 'https://evil.example/response' }],
    ['the thumbprint forgotten', { encryptionKey: undefined }],
  ])('is nothing to another [%s]', async (_name, change) => {
    const { request, presentation } = await present();
    const sessionTranscript = sessionTranscriptOf({ ...request, ...change }, sha256);
    expect(codeOf(() => verifyDeviceResponse(decodeBase64url(presentation), { ...options, sessionTranscript }))).toBe(
      'mdoc-device-signature-invalid',
    );
  });

  it('covers the full client identifier of the request', async () => {
    const { request } = await present();
    expect(request.clientId).toBe(payload.client_id);
  });
});
