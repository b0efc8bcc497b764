import { createServiceClient } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, createAsker } from './support/ask.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, post, presentFor } from './support/wallet.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};
const DAY_MS = 86_400_000;
const OFFICER = 'staff:data-protection-officer-1';
beforeAll(async () => {
  issuer = await startStandInIssuer(7560);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7561, issuerUrl: issuer.url, clock });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const present = async (purpose: string, change: Parameters<typeof presentFor>[2] = {}) => {
  const { made, request } = await asker.begin({ dcql_query: undefined, purpose });
  const presentation = presentFor(request, issuer.makeStudentId(), { claims: [], ...change });
  expect((await answer(request, { student_id: [presentation] })).status).toBe(200);
  return { made, request, presentation };
};
const rows = async (id?: string) =>
  (
    await verifier.database.run.raw(
      `SELECT * FROM presentation_evidence ${id === undefined ? '' : 'WHERE presentation_id = ?'}`,
      id === undefined ? [] : [id],
    )
  ).rows;
const read = (id: string, actor: string | undefined = OFFICER) =>
  verifier.admin.json<Record<string, never>>(`/v1/presentation-evidence/${id}`, {
    ...(actor === undefined ? {} : { actor }),
  });

describe('evidence', () => {
  it('is kept where the purpose says for how long: what was signed and what it was checked against', async () => {
    const { made, request, presentation } = await present('certificate-pickup');
    expect(await read(made.id)).toMatchObject({
      ...{ id: made.id, purpose: 'certificate-pickup' },
      evidence: {
        vp_token: { student_id: [presentation] },
        dcql_query: request.dcql_query,
        ...{ nonce: request.nonce, audience: request.client_id, response_uri: request.response_uri },
        verdict: { verdict: 'accepted' },
        decided_at: expect.any(String),
        encryption_key_thumbprint: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      },
    });
    const [row] = await rows(made.id);
    expect(Math.round((row.kept_until.getTime() - row.created_at.getTime()) / 60_000)).toBe(90 * 1_440);
    // Whoever reads the database learns nothing of it.
    expect(row.evidence_sealed.toString('latin1')).not.toContain(presentation.slice(0, 40));
    expect(row.evidence_sealed.toString('latin1')).not.toContain(request.nonce);
    expect(request).toMatchObject({ dcql_query: expect.anything() });
  });

  it('is not kept [purpose without days], [query without purpose], [declined], [rejected]', async () => {
    const before = (await rows()).length;
    await present('student-status');
    const { request } = await asker.begin();
    await answer(request, { id: [presentFor(request, issuer.makeStudentId())] });
    const declined = await asker.begin({ dcql_query: undefined, purpose: 'certificate-pickup' });
    await post(declined.request, { error: 'access_denied', state: declined.request.state ?? '' });
    await present('certificate-pickup', { signWith: generateKeyPair() });
    expect(await rows()).toHaveLength(before);
  });

  it('is kept once though an answer comes twice, and not where the answer was too late', async () => {
    const { made, request, presentation } = await present('certificate-pickup');
    expect((await answer(request, { student_id: [presentation] })).status).toBe(400);
    expect(await rows(made.id)).toHaveLength(1);
    const late = await asker.begin({ dcql_query: undefined, purpose: 'certificate-pickup', expires_in: 30 });
    offsetMs = 31_000;
    await answer(late.request, { student_id: [presentFor(late.request, issuer.makeStudentId(), { claims: [] })] });
    offsetMs = 0;
    expect(await rows(late.made.id)).toHaveLength(0);
  });

  it('is read by the console for a named person alone, and each reading is audited [nobody], [operator], [idp], [no name]', async () => {
    const { made } = await present('certificate-pickup');
    const path = `/v1/presentation-evidence/${made.id}`;
    expect((await verifier.call(path)).status).toBe(401);
    expect((await verifier.operator(path)).status).toBe(403);
    await expect(verifier.idp.json(path)).rejects.toMatchObject({ status: 403 });
    const nameless = createServiceClient({
      ...{ baseUrl: verifier.url, audience: 'verifier', caller: 'admin', clock },
      sign: createSigner(verifier.adminKey.privateKey),
    });
    await expect(nameless.json(path)).rejects.toMatchObject({ status: 403, code: 'actor-required' });
    await read(made.id);
    await read(made.id);
    const audit = await verifier.database.run.raw('SELECT row_text FROM audit WHERE row_text LIKE ?', [
      `%presentation:${made.id}%`,
    ]);
    const texts = audit.rows.map(({ row_text }: { row_text: string }) => row_text);
    const readings = texts.filter((text: string) => text.includes('presentation.evidence-read'));
    expect(readings).toHaveLength(2);
    for (const text of readings) expect(text).toContain(OFFICER);
    expect(texts.filter((text: string) => text.includes('presentation.evidence-kept'))).toHaveLength(1);
  });

  it('ends with its time, swept or not, and outlives the request', async () => {
    const { made } = await present('certificate-pickup');
    offsetMs = 2 * DAY_MS;
    await verifier.verifier.sweep();
    await verifier.verifier.retain(verifier.database.seal);
    expect((await asker.read(made.id)).code).toBe('presentation-request-not-found');
    expect(await read(made.id)).toMatchObject({ id: made.id });
    offsetMs = 90 * DAY_MS + 1_000;
    await expect(read(made.id)).rejects.toMatchObject({ status: 404, code: 'presentation-evidence-not-found' });
    expect(await rows(made.id)).toHaveLength(1);
    await verifier.verifier.sweep();
    await verifier.verifier.retain(verifier.database.seal);
    expect(await rows(made.id)).toHaveLength(0);
    offsetMs = 0;
    await expect(read('A'.repeat(22))).rejects.toMatchObject({ status: 404 });
  });
});
