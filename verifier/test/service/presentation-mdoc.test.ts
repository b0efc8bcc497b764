import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64url } from '@lanyard/protocol';
import { foreignSessionTranscript, STUDENT_ID_NAMESPACE } from '@lanyard/protocol/mdoc';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { authorityKeyIdsOf } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker, element, mdocQuery, sdJwtQuery } from './support/ask.js';
import { present } from './support/codes.js';
import { makeSigner, nowSeconds, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { answer, dcTranscriptOf, presentFor, presentMdoc, transcriptOf } from './support/wallet.js';

const CODE_ELSEWHERE = '4199090077';
const folder = mkdtempSync(join(tmpdir(), 'lanyard-anchors-'));
let issuer: StandInIssuer;
let local: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;

beforeAll(async () => {
  issuer = await startStandInIssuer(7600);
  local = await startStandInIssuer(7601);
  local.state.statusSigner = {
    signer: local.signers.status,
    x5chain: [local.documentAuthority.certifySigner(local.signers.status, [])],
  };
  issuer.publish([issuer.makePerson().row]);
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(local.documentAuthority.root).toString('base64')}\n-----END CERTIFICATE-----\n`;
  writeFileSync(join(folder, 'anchors.pem'), pem);
  verifier = await startVerifier({
    port: 7602,
    issuerUrl: issuer.url,
    environment: { LANYARD_TRUST_ANCHORS: join(folder, 'anchors.pem'), LANYARD_FETCH_ALLOW: 'localhost' },
  });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const told = { student_number: '9900000001', name: '测试·学生' };

describe('an mdoc', () => {
  it.each([
    ['direct_post.jwt', 'x509_san_dns'],
    ['direct_post.jwt', 'x509_hash'],
    ['direct_post', 'x509_san_dns'],
    ['direct_post', 'x509_hash'],
  ])(
    '[MUST 8] is accepted over the session of its request, and told in the shape of an SD-JWT [%s, %s]',
    async (response_mode, client_id_prefix) => {
      expect(await asker.mdoc(undefined, {}, { response_mode, client_id_prefix })).toEqual(told);
    },
  );

  it('is asked for with its algorithms and with what is kept of it stated', async () => {
    const { request } = await asker.begin({ dcql_query: mdocQuery() });
    expect(request.client_metadata?.vp_formats_supported).toEqual({
      mso_mdoc: { issuerauth_alg_values: [-7, -9], deviceauth_alg_values: [-7, -9] },
    });
    expect(request.dcql_query.credentials[0]?.claims?.map((claim) => claim.intent_to_retain)).toEqual([false, false]);
  });

  it('is one of two formats in one query', async () => {
    const [mdoc] = mdocQuery({ id: 'm' }).credentials;
    const [sdJwt] = sdJwtQuery({ id: 's' }).credentials;
    const { made, request } = await asker.begin({ dcql_query: { credentials: [mdoc, sdJwt] } });
    const sent = await answer(request, {
      m: [presentMdoc(issuer.makeStudentIdMdoc(), transcriptOf(request))],
      s: [presentFor(request, issuer.makeStudentId(), { claims: ['student_number', 'name'] })],
    });
    expect(sent.status).toBe(200);
    expect((await asker.read(made.id)).claims).toEqual({ m: told, s: told });
  });

  it('tells only what was asked [more disclosed], [nothing asked]', async () => {
    const more = { elements: ['student_number', 'name', 'registered_until'] };
    expect(await asker.mdoc(undefined, more)).toEqual(told);
    expect(await asker.mdoc(undefined, {}, { dcql_query: mdocQuery({ claims: undefined }) })).toEqual({});
  });
});

describe('an mdoc that proves nothing is taken and rejected with its own reason', () => {
  const sessions: [string, Parameters<typeof transcriptOf>[1]][] = [
    ['without the thumbprint of the key', { jwkThumbprint: undefined }],
    ['thumbprint of another key', { jwkThumbprint: new Uint8Array(32) }],
    ['other nonce', { nonce: 'x'.repeat(32) }],
    ['client identifier without prefix', { clientId: 'localhost' }],
    ['other response_uri', { responseUri: 'https://other.example/r' }],
  ];
  it.each(sessions)('[MUST 8] [session: %s]', async (_, session) => {
    expect(await asker.mdoc(undefined, { session })).toBe('holder-signature-invalid');
  });
  it('[MUST 8] [session: a thumbprint with direct_post], [of the Digital Credentials API], [engagement not null]', async () => {
    const session = { jwkThumbprint: new Uint8Array(32) };
    expect(await asker.mdoc(undefined, { session }, { response_mode: 'direct_post' })).toBe('holder-signature-invalid');
    const over = (request: Parameters<typeof dcTranscriptOf>[0]) =>
      presentMdoc(issuer.makeStudentIdMdoc(), dcTranscriptOf(request, verifier.url));
    expect(await asker.outcome({ dcql_query: mdocQuery() }, over)).toBe('holder-signature-invalid');
    const engaged = (request: Parameters<typeof transcriptOf>[0]) => {
      const bytes = Uint8Array.from(transcriptOf(request));
      // [null, null, handover]: the first becomes an integer.
      bytes[1] = 0x00;
      return presentMdoc(issuer.makeStudentIdMdoc(), foreignSessionTranscript(bytes));
    };
    expect(await asker.outcome({ dcql_query: mdocQuery() }, engaged)).toBe('holder-signature-invalid');
  });

  const otherText = (bytes: Uint8Array) => {
    const changed = Buffer.from(bytes);
    const at = changed.indexOf(Buffer.from('9900000001'));
    changed[at + 9] = 0x32;
    return changed;
  };
  const cases: [string, string, () => Promise<unknown>][] = [
    [
      '[KNOWN 1] forged holder signature',
      'holder-signature-invalid',
      () => asker.mdoc(undefined, { signWith: generateKeyPair() }),
    ],
    [
      '[KNOWN 1] forged issuer signature',
      'issuer-signature-invalid',
      () => {
        const x5chain = [issuer.documentAuthority.certifySigner(issuer.signers.document)];
        return asker.mdoc(issuer.makeStudentIdMdoc({ signer: makeSigner('document'), x5chain }));
      },
    ],
    [
      '[KNOWN 1] [MUST 25] element changed under the old signature',
      'issuer-signature-invalid',
      () => asker.mdoc(undefined, { edit: otherText }),
    ],
    ['[MUST 25] expired', 'expired', () => asker.mdoc(issuer.makeStudentIdMdoc({ expires: nowSeconds() - 1 }))],
    [
      '[MUST 25] not valid yet',
      'not-yet-valid',
      () => asker.mdoc(issuer.makeStudentIdMdoc({ issuedAt: nowSeconds() + 600 })),
    ],
    [
      '[MUST 25] certificate not for mdocs',
      'unknown-issuer',
      () => {
        const x5chain = [issuer.documentAuthority.certifySigner(issuer.signers.document, [])];
        return asker.mdoc(issuer.makeStudentIdMdoc({ x5chain }));
      },
    ],
    [
      '[MUST 25] certificate for something else',
      'unknown-issuer',
      () => {
        const x5chain = [issuer.documentAuthority.certifySigner(issuer.signers.document, ['1.3.6.1.5.5.7.3.1'])];
        return asker.mdoc(issuer.makeStudentIdMdoc({ x5chain }));
      },
    ],
    [
      'a key the issuer does not publish, under its own root',
      'unknown-issuer',
      () => asker.mdoc(issuer.makeStudentIdMdoc({ signer: makeSigner('document') })),
    ],
    [
      'a status signer as document signer',
      'unknown-issuer',
      () => asker.mdoc(issuer.makeStudentIdMdoc({ signer: issuer.signers.status })),
    ],
    [
      'signed before its signer might',
      'issuer-not-entitled',
      () => asker.mdoc(issuer.makeStudentIdMdoc({ issuedAt: nowSeconds() - 7_200 })),
    ],
    [
      'another university',
      'issuer-not-entitled',
      () =>
        asker.mdoc(issuer.makeStudentIdMdoc({ claims: { university_code: '4199090002' } }), {
          elements: ['student_number', 'name', 'university_code'],
        }),
    ],
    ['not base64url', 'malformed', () => asker.mdoc(undefined, {}, {}, (text) => `${text}==`)],
    [
      'an SD-JWT',
      'malformed',
      () =>
        asker.outcome({ dcql_query: mdocQuery() }, (request) =>
          presentFor(request, issuer.makeStudentId(), { claims: ['name'] }),
        ),
    ],
    ['cut off', 'malformed', () => asker.mdoc(undefined, { edit: (bytes) => bytes.subarray(0, -1) })],
    [
      'trailing bytes',
      'malformed',
      () => asker.mdoc(undefined, { edit: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) }),
    ],
    [
      '[MUST 25] another docType than the MSO says',
      'malformed',
      () =>
        asker.mdoc(undefined, {
          edit: (bytes) => {
            const changed = Buffer.from(bytes);
            changed[changed.indexOf('org.lanyard.student-id.1') + 23] = 0x32;
            return changed;
          },
        }),
    ],
    ['element left out', 'query-not-satisfied', () => asker.mdoc(undefined, { elements: ['name'] })],
    [
      '[MUST 4] values lied about',
      'query-not-satisfied',
      () =>
        asker.mdoc(
          undefined,
          { elements: ['student_number'] },
          { dcql_query: mdocQuery({}, [element('student_number', { values: ['9900000002'] })]) },
        ),
    ],
  ];
  it.each(cases)('%s', async (_, reason, run) => {
    expect(await run()).toBe(reason);
  });

  it('[MUST 25] two documents in one DeviceResponse, and none', async () => {
    const twice = (bytes: Uint8Array) => {
      // {version, documents: [one], status}: the list is made to hold the same document twice.
      const text = Buffer.from(bytes);
      const start = text.indexOf('documents') + 'documents'.length;
      const end = text.indexOf(Buffer.concat([Buffer.of(0x66), Buffer.from('status'), Buffer.of(0)]));
      const one = text.subarray(start + 1, end);
      return Buffer.concat([text.subarray(0, start), Buffer.of(0x82), one, one, text.subarray(end)]);
    };
    expect(await asker.mdoc(undefined, { edit: twice })).toBe('malformed');
    const none = (bytes: Uint8Array) => {
      const text = Buffer.from(bytes);
      const start = text.indexOf('documents') + 'documents'.length;
      const end = text.indexOf(Buffer.concat([Buffer.of(0x66), Buffer.from('status'), Buffer.of(0)]));
      return Buffer.concat([text.subarray(0, start), Buffer.of(0x80), text.subarray(end)]);
    };
    expect(await asker.mdoc(undefined, { edit: none })).toBe('malformed');
  });

  it('[replayed from another request, in full]', async () => {
    const first = await asker.begin({ dcql_query: mdocQuery() });
    const presentation = presentMdoc(issuer.makeStudentIdMdoc(), transcriptOf(first.request));
    expect((await answer(first.request, { id: [presentation] })).status).toBe(200);
    expect(await asker.outcome({ dcql_query: mdocQuery() }, () => presentation)).toBe('holder-signature-invalid');
  });

  it('as an SD-JWT VC [mdoc for an SD-JWT query], and nowhere but in an answer to a request', async () => {
    const mdoc = (request: Parameters<typeof transcriptOf>[0]) =>
      presentMdoc(issuer.makeStudentIdMdoc(), transcriptOf(request));
    expect(await asker.outcome({}, mdoc)).toBe('malformed');
    const session = foreignSessionTranscript(Buffer.from('83f6f6f6', 'hex'));
    const presentation = presentMdoc(issuer.makeStudentIdMdoc(), session);
    const answered = await verifier.verify({ presentation, nonce: 'n', audience: 'https://partner.example' });
    expect(answered).toMatchObject({ verdict: 'rejected', reason: 'malformed' });
  });
});

describe('its status', () => {
  it('[MUST 23] counts by the list in CWT form [revoked], [suspended], [valid]', async () => {
    const of = (index: number) => asker.mdoc(issuer.makeStudentIdMdoc({ index }));
    issuer.setStatus(60, 1);
    issuer.setStatus(61, 2);
    await until(async () => (await of(60)) === 'revoked');
    await until(async () => (await of(61)) === 'suspended');
    expect(await of(62)).toEqual(told);
  });

  let list = 100;
  /** A list nobody asked for before, as the issuer gives it now. */
  const fresh = () => {
    list += 1;
    return asker.mdoc(issuer.makeStudentIdMdoc({ uri: `${issuer.url}/status-lists/${list}` }));
  };
  it('[MUST 23] [KNOWN 1] [KNOWN 2] is unavailable, never valid or revoked [forged list], [list of another], [away], [beyond the end], [expired], [not the CWT]', async () => {
    issuer.state.statusSigner = { signer: { ...makeSigner('status'), kid: issuer.signers.status.kid } };
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusSigner = { signer: issuer.signers.document };
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusSigner = undefined;
    issuer.state.statusChange = { uri: `${issuer.url}/status-lists/7` };
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusChange = {};
    issuer.state.statusTamper = (token) => {
      const changed = Buffer.from(token);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return changed;
    };
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusTamper = () => Buffer.from('a.b.c');
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusTamper = (token) => token;
    issuer.state.statusAway = true;
    expect(await fresh()).toBe('status-unavailable');
    issuer.state.statusAway = false;
    issuer.state.statusExpired = true;
    expect(await fresh()).toBe('status-too-old');
    issuer.state.statusExpired = false;
    expect(await asker.mdoc(issuer.makeStudentIdMdoc({ index: 999_999 }))).toBe('status-unavailable');
    expect(await fresh()).toEqual(told);
  });
});

describe('a query for an mdoc is refused [MUST 4]', () => {
  it.each([
    ['another type', { meta: { doctype_value: 'org.iso.18013.5.1.mDL' } }],
    ['no meta', { meta: undefined }],
    ['meta of the other format', { meta: { vct_values: ['urn:lanyard:student-id:1'] } }],
    ['without a holder', { require_cryptographic_holder_binding: false }],
    ['another namespace', { claims: [{ path: ['org.iso.18013.5.1', 'name'] }] }],
    ['a path of one', { claims: [{ path: ['name'] }] }],
    ['a path of three', { claims: [{ path: [STUDENT_ID_NAMESPACE, 'identity_document', 'number'] }] }],
    ['claim_sets without claims', { claims: undefined, claim_sets: [['a']] }],
    ['authorities nobody here resolves', { trusted_authorities: [{ type: 'etsi_tl', values: ['https://a.example'] }] }],
  ])('[%s]', async (_, more) => {
    expect(await asker.refusal({ dcql_query: mdocQuery(more) })).toEqual([422, 'dcql-query-invalid']);
  });
});

describe('under a root of this installation alone', () => {
  const foreign = (more: object = {}) => ({
    claims: { university_code: CODE_ELSEWHERE },
    uri: `${local.url}/status-lists/7`,
    ...more,
  });
  const elements = ['student_number', 'name', 'university_code'];
  const x5c = () => [Buffer.from(local.documentAuthority.certifySigner(local.signers.document)).toString('base64')];
  const aki = () => {
    const [id] = authorityKeyIdsOf([local.documentAuthority.certifySigner(local.signers.document)]);
    return [{ type: 'aki', values: [String(id)] }];
  };
  const otherAki = [{ type: 'aki', values: [encodeBase64url(new Uint8Array(20))] }];

  it('a verdict says so [mdoc], [SD-JWT VC], [rejected too], [not our own]', async () => {
    const { made, request } = await asker.begin({ dcql_query: mdocQuery() });
    await answer(request, {
      id: [presentMdoc(local.makeStudentIdMdoc(foreign()), transcriptOf(request), { elements })],
    });
    expect(await asker.read(made.id)).toMatchObject({
      ...{ verdict: 'accepted', trust: 'local' },
      credentials: { id: { verdict: 'accepted', trust: 'local' } },
    });
    const again = await asker.begin();
    const sdJwt = local.makeStudentId(foreign({ x5c: x5c() }));
    await answer(again.request, { id: [presentFor(again.request, sdJwt)] });
    expect(await asker.read(again.made.id)).toMatchObject({ verdict: 'accepted', trust: 'local' });
    const lied = await asker.begin({ dcql_query: mdocQuery() });
    const ours = local.makeStudentIdMdoc({ uri: `${local.url}/status-lists/7` });
    await answer(lied.request, { id: [presentMdoc(ours, transcriptOf(lied.request), { elements })] });
    expect(await asker.read(lied.made.id)).toMatchObject({ reason: 'issuer-not-entitled', trust: 'local' });
    const own = await asker.begin({ dcql_query: mdocQuery() });
    await answer(own.request, { id: [presentMdoc(issuer.makeStudentIdMdoc(), transcriptOf(own.request))] });
    expect(await asker.read(own.made.id)).not.toHaveProperty('trust');
  });

  it('so does a verification, with a mark', async () => {
    const body = (held: Parameters<typeof present>[0]) => {
      const given = { nonce: `n${Math.random()}`, audience: 'https://partner.example' };
      return { presentation: present(held, { ...given, claims: ['enrolment_status', 'university_code'] }), ...given };
    };
    expect(await verifier.verify(body(local.makeStudentId(foreign({ x5c: x5c() }))))).toMatchObject({
      ...{ verdict: 'accepted', trust: 'local', marks: ['local-trust'] },
    });
    const own = await verifier.verify(body(issuer.makeStudentId()));
    expect(own).toMatchObject({ verdict: 'accepted', marks: [] });
    expect(own).not.toHaveProperty('trust');
  });

  it('[MUST 24] is refused [certificate not for mdocs], [lists signed by a document signer], [our own code], [another root]', async () => {
    const x5chain = [local.documentAuthority.certifySigner(local.signers.document, [])];
    expect(await asker.mdoc(local.makeStudentIdMdoc(foreign({ x5chain })))).toBe('unknown-issuer');
    const honest = local.state.statusSigner;
    const documentSigner = local.signers.document;
    local.state.statusSigner = {
      signer: documentSigner,
      x5chain: [local.documentAuthority.certifySigner(documentSigner)],
    };
    expect(await asker.mdoc(local.makeStudentIdMdoc(foreign({ uri: `${local.url}/status-lists/88` })))).toBe(
      'status-unavailable',
    );
    local.state.statusSigner = honest;
    expect(await asker.mdoc(local.makeStudentIdMdoc(), { elements })).toBe('issuer-not-entitled');
    const stranger = [issuer.documentAuthority.certifySigner(local.signers.document)];
    expect(await asker.mdoc(local.makeStudentIdMdoc(foreign({ x5chain: stranger })))).toBe('unknown-issuer');
  });

  it('trusted_authorities hold by the verified chain [both formats], [another authority], [a chain nobody verified]', async () => {
    const asked = (trusted_authorities: object[]) => ({ dcql_query: mdocQuery({ trusted_authorities }) });
    expect(await asker.mdoc(local.makeStudentIdMdoc(foreign()), {}, asked(aki()))).toEqual(told);
    expect(await asker.mdoc(local.makeStudentIdMdoc(foreign()), {}, asked(otherAki))).toBe('query-not-satisfied');
    // Our own signers are known by key: their certificate is not signed by anybody this verifier could ask.
    const [ownAki] = authorityKeyIdsOf([issuer.documentAuthority.certifySigner(issuer.signers.document)]);
    const own = asked([{ type: 'aki', values: [String(ownAki)] }]);
    expect(await asker.mdoc(undefined, {}, own)).toBe('query-not-satisfied');
    const sdJwt = (trusted_authorities: object[]) => ({ dcql_query: sdJwtQuery({ trusted_authorities }) });
    const held = () => local.makeStudentId(foreign({ x5c: x5c() }));
    expect(await asker.sdJwt(held(), {}, sdJwt(aki()))).toEqual(told);
    expect(await asker.sdJwt(held(), {}, sdJwt(otherAki))).toBe('query-not-satisfied');
    expect(await asker.sdJwt(issuer.makeStudentId(), {}, sdJwt(aki()))).toBe('query-not-satisfied');
  });
});

describe('a retired signer', () => {
  it('refuses every mdoc it signed [before], [after], [forged under its certificate]', async () => {
    expect(await asker.mdoc()).toEqual(told);
    const held = issuer.makeStudentIdMdoc();
    issuer.state.retired.push(issuer.signers.document);
    issuer.change('signers.changed');
    await until(() =>
      (verifier.verifier.mirror.state().keys?.signers ?? []).some((one) => one.retiredSinceSeconds !== undefined),
    );
    expect(await asker.mdoc(held)).toBe('issuer-not-entitled');
    const x5chain = [issuer.documentAuthority.certifySigner(issuer.signers.document)];
    const forged = issuer.makeStudentIdMdoc({ signer: makeSigner('document'), x5chain });
    expect(await asker.mdoc(forged)).toBe('issuer-signature-invalid');
    issuer.state.retired.pop();
  });
});
