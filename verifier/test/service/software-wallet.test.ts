import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presentTo } from '../../../launcher/src/software-wallet/present-to.js';
import { type Asker, createAsker, mdocQuery, sdJwtQuery } from './support/ask.js';
import { nowSeconds, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
beforeAll(async () => {
  issuer = await startStandInIssuer(7740);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7741, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const told = { student_number: '9900000001', name: '测试·学生' };
const wallet = () => {
  const sdJwt = issuer.makeStudentId();
  const mdoc = issuer.makeStudentIdMdoc();
  return {
    copies: [{ key: sdJwt.pair, credential: sdJwt.compact }],
    mdocs: [{ key: mdoc.pair, credential: Buffer.from(mdoc.issuerSigned).toString('base64url') }],
    issuer: issuer.url,
    nowSeconds: nowSeconds(),
  };
};
const confirm = {
  type: 'urn:lanyard:transaction:confirm:1',
  credential_ids: ['id'],
  ...{ text_zh: '同意退宿', text_en: 'I leave the dormitory' },
};

describe('the wallet without a screen, with its own checks and no root in x5c', () => {
  it.each<[string, object]>([
    ['GET', {}],
    ['POST', { request_uri_method: 'post' }],
    ['HAIP', { profile: 'haip', request_uri_method: 'post' }],
    ['in the clear', { response_mode: 'direct_post', client_id_prefix: 'x509_hash' }],
    ['something to confirm', { transaction_data: [confirm] }],
    ['mdoc', { dcql_query: mdocQuery() }],
    ['mdoc, HAIP, POST', { dcql_query: mdocQuery(), profile: 'haip', request_uri_method: 'post' }],
    ['mdoc in the clear', { dcql_query: mdocQuery(), response_mode: 'direct_post' }],
  ])('is accepted [%s]', async (_, body) => {
    const made = await asker.ask(body);
    await presentTo(made.haip_authorization_request ?? made.authorization_request, wallet());
    expect(await asker.read(made.id)).toMatchObject({ verdict: 'accepted', claims: told });
  });

  it('answers two formats at once', async () => {
    const credentials = [...mdocQuery({ id: 'm' }).credentials, ...sdJwtQuery({ id: 's' }).credentials];
    const made = await asker.ask({ dcql_query: { credentials } });
    await presentTo(made.authorization_request, wallet());
    expect((await asker.read(made.id)).claims).toEqual({ m: told, s: told });
  });

  it('has no answer for what it does not hold, and uses nothing up [format], [authority]', async () => {
    const held = { ...wallet(), mdocs: [] };
    const mdoc = await asker.ask({ dcql_query: mdocQuery() });
    await expect(presentTo(mdoc.authorization_request, held)).rejects.toMatchObject({ code: 'no-match' });
    const authority = [{ type: 'aki', values: ['AAAA'] }];
    const other = await asker.ask({ dcql_query: sdJwtQuery({ trusted_authorities: authority }) });
    await expect(presentTo(other.authorization_request, held)).rejects.toMatchObject({ code: 'no-match' });
    expect(held.copies[0]).not.toHaveProperty('usedAtMs');
  });
});
