import { createHash } from 'node:crypto';
import { parseCertificate } from '@lanyard/protocol/x509';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { parseTransactionData, resolveOpenid4vpAuthorizationRequest } from '@openid4vc/openid4vp';
import { DcqlQuery } from 'dcql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, type Made, mdocQuery } from './support/ask.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { openRequestObject } from './support/wallet.js';

const ORIGIN = 'http://localhost:7482';
let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
beforeAll(async () => {
  // The loopback has no certificate.
  setGlobalConfig({ allowInsecureUrls: true });
  issuer = await startStandInIssuer(7480);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    ...{ port: 7481, issuerUrl: issuer.url },
    environment: { LANYARD_PUBLIC_URL_ADMIN: ORIGIN },
  });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const callbacks = {
  fetch,
  hash: (data: Uint8Array, alg: string) => createHash(alg.replace('-', '')).update(data).digest(),
  decryptJwe: () => Promise.reject(new Error('nothing is encrypted')),
  verifyJwt: async (signer: { x5c: string[] }, { compact }: { compact: string }) => {
    openRequestObject(compact, issuer.authority.root);
    const { publicPoint } = parseCertificate(Buffer.from(signer.x5c[0] ?? '', 'base64'));
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    return {
      verified: true,
      signerJwk: { kty: 'EC', crv: 'P-256', x: text(publicPoint.subarray(1, 33)), y: text(publicPoint.subarray(33)) },
    };
  },
  getX509CertificateMetadata: (certificate: string) => {
    const { dnsNames, uris } = parseCertificate(Buffer.from(certificate, 'base64'));
    return { sanDnsNames: dnsNames, sanUriNames: uris };
  },
};
const resolve = (authorizationRequestPayload: object, more: object = {}) =>
  resolveOpenid4vpAuthorizationRequest({ authorizationRequestPayload, callbacks, ...more } as never);
const linkOf = (made: Made) => Object.fromEntries(new URL(made.authorization_request).searchParams);

/** What another implementation's wallet half says of our requests. */
describe('@openid4vc/openid4vp takes a request', () => {
  it.each<[string, object, string]>([
    ['x509_san_dns, GET', {}, 'x509_san_dns'],
    ['x509_hash, GET', { client_id_prefix: 'x509_hash' }, 'x509_hash'],
    ['HAIP', { profile: 'haip' }, 'x509_hash'],
    ['in the clear', { response_mode: 'direct_post' }, 'x509_san_dns'],
    ['mdoc', { dcql_query: mdocQuery() }, 'x509_san_dns'],
  ])('[%s]', async (_, body, prefix) => {
    const resolved = await resolve(linkOf(await asker.ask(body)));
    expect(resolved.client.prefix).toBe(prefix);
    expect(() => DcqlQuery.parse(resolved.dcql?.query as never)).not.toThrow();
  });

  it('with transaction data', async () => {
    const confirm = {
      type: 'urn:lanyard:transaction:confirm:1',
      credential_ids: ['id'],
      text_zh: '同意',
      text_en: 'Yes',
    };
    const resolved = await resolve(linkOf(await asker.ask({ transaction_data: [confirm] })));
    const { transaction_data: transactionData } = resolved.authorizationRequestPayload as {
      transaction_data: string[];
    };
    expect(parseTransactionData({ transactionData })[0]?.transactionData).toMatchObject(confirm);
  });

  it('[MUST 9] over the Digital Credentials API, from the page it names and from no other', async () => {
    const { dc_request } = await asker.ask({ flow: 'dc-api', origin: ORIGIN });
    const [signed, unsigned] = dc_request.requests;
    expect((await resolve(signed.data, { origin: ORIGIN })).client.prefix).toBe('x509_hash');
    await expect(resolve(signed.data, { origin: 'https://evil.example' })).rejects.toThrow();
    expect((await resolve(unsigned.data, { origin: ORIGIN })).client.effective).toBe(`origin:${ORIGIN}`);
  });
});
