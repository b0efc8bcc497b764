import { decodeBase64url } from '@lanyard/protocol';
import {
  parseIssuerSigned,
  STUDENT_ID_DOC_TYPE,
  STUDENT_ID_NAMESPACE,
  studentIdClaimsOfElements,
  verifyIssuerSigned,
  verifyStatusListCwt,
} from '@lanyard/protocol/mdoc';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { inflateZlib } from '@lanyard/protocol/node-zlib';
import {
  compressPoint,
  EKU_MDOC_DOCUMENT_SIGNER,
  EKU_STATUS_SIGNER,
  verifyCertificateChain,
} from '@lanyard/protocol/x509';
import { IssuerSigned } from '@owf/mdoc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAt, errorOf, requestBody, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const NUMBER = '202301000001';
let issuer: TestIssuer;
let root: Uint8Array;
const now = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  const anchors = (await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { issuer: [string] };
  root = Buffer.from(anchors.issuer[0], 'base64');
});
afterAll(() => issuer.close());

/** The key of a chain under the root the issuer publishes, for one purpose. */
function keyUnder(chain: readonly Uint8Array[], extendedKeyUsage: string) {
  const [leaf, ...others] = chain;
  const verified = verifyCertificateChain({
    ...{ leaf: leaf as Uint8Array, chain: others, anchors: [root], atSeconds: now(), crypto: nodeCrypto },
    usage: { extendedKeyUsage },
  });
  return nodeCrypto.importVerifyKey(compressPoint(verified.publicPoint));
}
async function issued(count: number): Promise<string[]> {
  const { wallet, tokens } = await claimAt(issuer, NUMBER);
  const answer = await wallet.call(
    '/credential',
    tokens.access_token,
    await requestBody(wallet, 'student-id-mdoc', count),
  );
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
  return credentials.map(({ credential }) => credential);
}
const verify = (text: string) =>
  verifyIssuerSigned(parseIssuerSigned(decodeBase64url(text)), {
    ...{ nowSeconds: now(), crypto: nodeCrypto, acceptedDocTypes: [STUDENT_ID_DOC_TYPE] },
    findIssuerKey: ({ x5chain }) => keyUnder(x5chain, EKU_MDOC_DOCUMENT_SIGNER),
  });

describe('a student ID as mdoc', () => {
  it('holds what the register holds, under a document signer for mdocs, each copy with an entry of its own [MUST 25]', async () => {
    const copies = (await issued(10)).map(verify);
    expect(studentIdClaimsOfElements(copies[0]?.elements ?? new Map())).toMatchObject({
      student_number: NUMBER,
      university_code: '4199090001',
      enrolment_status: 'enrolled',
    });
    expect(new Set(copies.map((copy) => `${copy.status?.uri} ${copy.status?.index}`)).size).toBe(10);
  });

  it('is read by another library, and its digest ids are below 2^31 [MUST 25]', async () => {
    const [credential = ''] = await issued(1);
    const theirs = IssuerSigned.decode(decodeBase64url(credential));
    const mso = theirs.issuerAuth.mobileSecurityObject;
    expect(mso.docType).toBe(STUDENT_ID_DOC_TYPE);
    const ids = [...(mso.valueDigests.valueDigests.get(STUDENT_ID_NAMESPACE)?.keys() ?? [])];
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.every((id) => Number(id) < 2 ** 31)).toBe(true);
  });

  it('has its status in a list as CWT, signed by a status signer and nobody else [MUST 23, 24]', async () => {
    const [credential = ''] = await issued(1);
    const { status } = verify(credential);
    const answer = await fetch(String(status?.uri), { headers: { Accept: 'application/statuslist+cwt' } });
    expect(answer.headers.get('content-type')).toBe('application/statuslist+cwt');
    const list = verifyStatusListCwt(new Uint8Array(await answer.arrayBuffer()), {
      ...{ uri: String(status?.uri), nowSeconds: now(), crypto: nodeCrypto, inflate: inflateZlib },
      findKey: ({ x5chain }) => keyUnder(x5chain ?? [], EKU_STATUS_SIGNER),
    });
    expect(list.ttlSeconds).toBe(60);
    expect(() => keyUnder(parseIssuerSigned(decodeBase64url(credential)).x5chain, EKU_STATUS_SIGNER)).toThrow();
  });

  it('lists in either encoding are the same, each under its own tag, and stay until something changes', async () => {
    const [credential = ''] = await issued(1);
    const uri = String(verify(credential).status?.uri);
    const get = (headers: Record<string, string>) => fetch(uri, { headers });
    expect((await get({})).headers.get('content-type')).toBe('application/statuslist+cwt');
    const jwt = await get({ Accept: 'application/statuslist+jwt' });
    expect(jwt.headers.get('content-type')).toBe('application/statuslist+jwt');
    const tag = String(jwt.headers.get('etag'));
    expect((await get({ Accept: 'application/statuslist+jwt', 'If-None-Match': tag })).status).toBe(304);
    expect((await get({ Accept: 'application/statuslist+cwt', 'If-None-Match': tag })).status).toBe(200);
    expect((await get({ Accept: 'text/html' })).status).toBe(406);
    const all = (await (await fetch(`${issuer.url}/status-lists`)).json()) as { status_lists: string[] };
    expect(all.status_lists).toContain(uri);
  });

  it('is advertised with doctype, namespaced claims and COSE algorithms, and offered with the others', async () => {
    const metadata = (await (await fetch(`${issuer.url}/.well-known/openid-credential-issuer`)).json()) as {
      credential_configurations_supported: Record<
        string,
        { [name: string]: unknown; credential_metadata: { claims: { path: string[] }[] } }
      >;
    };
    const configuration = metadata.credential_configurations_supported['student-id-mdoc'];
    expect(configuration).toMatchObject({
      format: 'mso_mdoc',
      doctype: STUDENT_ID_DOC_TYPE,
      cryptographic_binding_methods_supported: ['cose_key'],
      credential_signing_alg_values_supported: [-7],
    });
    expect(configuration?.credential_metadata.claims.every(({ path }) => path[0] === STUDENT_ID_NAMESPACE)).toBe(true);
    const offer = await issuer.operator('/v1/credential-offers', { body: { student_number: NUMBER } });
    const { credential_offer: made } = (await offer.json()) as {
      credential_offer: { credential_configuration_ids: string[] };
    };
    expect(made.credential_configuration_ids).toEqual(['student-id-sd-jwt', 'student-id-mdoc', 'student-pass']);
  });
});

describe('without a certified signer', () => {
  it('no mdoc is advertised, offered or issued [KNOWN 4] [MUST 19]', async () => {
    const alone = await startIssuer(undefined, { withoutRoot: true });
    await alone.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
    const metadata = await (await fetch(`${alone.url}/.well-known/openid-credential-issuer`)).text();
    expect(metadata).not.toContain('mso_mdoc');
    const asked = await alone.operator('/v1/credential-offers', {
      body: { student_number: NUMBER, configuration_ids: ['student-id-mdoc'], tx_code: false },
    });
    const { credential_offer: offer } = (await asked.json()) as never as {
      credential_offer: { grants: Record<string, { 'pre-authorized_code': string }> };
    };
    const { wallet } = await claimAt(alone, NUMBER);
    const tokens = await wallet.token(Object.values(offer.grants)[0]?.['pre-authorized_code'] ?? '', undefined);
    const { access_token: token } = (await tokens.json()) as { access_token: string };
    const answer = await wallet.call('/credential', token, await requestBody(wallet, 'student-id-mdoc'));
    expect([answer.status, await errorOf(answer)]).toEqual([400, 'unknown_credential_configuration']);
    await alone.close();
  });
});
