import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portableCode, present } from './support/codes.js';
import { makeSigner, nowSeconds, type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
beforeAll(async () => {
  issuer = await startStandInIssuer(7720);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7721, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('gate');
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const presented = async (held: ReturnType<StandInIssuer['makeStudentId']>) => {
  const nonce = randomUUID();
  const answer = await verifier.verify({
    ...{ presentation: present(held, { nonce, audience: 'https://partner.example' }), nonce },
    audience: 'https://partner.example',
  });
  return answer.reason ?? answer.verdict;
};
const shown = async (held: ReturnType<StandInIssuer['makePass']>) => {
  const answer = await verifier.verify({ code: portableCode(held), checkpoint: 'gate' });
  return answer.reason ?? answer.verdict;
};
const retire = async (use: 'document' | 'pass' | 'status') => {
  issuer.state.retired.push(issuer.signers[use]);
  issuer.change('signers.changed');
  await until(() =>
    (verifier.verifier.mirror.state().keys?.signers ?? []).some(
      (signer) => signer.use === use && signer.retiredSinceSeconds !== undefined,
    ),
  );
};

describe('a retired signer refuses everything it signed', () => {
  it('student IDs [before], [after], [signed before it was retired], [forged under its kid], [another kid]', async () => {
    const held = issuer.makeStudentId();
    expect(await presented(held)).toBe('accepted');
    await retire('document');
    expect(await presented(issuer.makeStudentId())).toBe('issuer-not-entitled');
    const old = issuer.makeStudentId({ issuedAt: nowSeconds() - 3_000 });
    expect(await presented(old)).toBe('issuer-not-entitled');
    // Who has not even its key is told so: a drill must not hide a plain forgery.
    const forged = { ...makeSigner('document'), kidText: issuer.signers.document.kidText };
    expect(await presented(issuer.makeStudentId({ signer: forged }))).toBe('issuer-signature-invalid');
    expect(await presented(issuer.makeStudentId({ signer: makeSigner('document') }))).toBe('unknown-issuer');
  });

  it('passes [before], [after], [forged under its kid]', async () => {
    expect(await shown(issuer.makePass())).toBe('accepted');
    await retire('pass');
    expect(await shown(issuer.makePass())).toBe('issuer-not-entitled');
    const forged = { ...makeSigner('pass'), kid: issuer.signers.pass.kid };
    expect(await shown(issuer.makePass({}, forged))).toBe('issuer-signature-invalid');
  });

  it('lists: what it said of anybody is not known any more, which is neither valid nor revoked', async () => {
    await retire('status');
    const successor = makeSigner('document');
    issuer.state.retired = issuer.state.retired.filter((signer) => signer.use === 'status');
    issuer.signers.document = successor;
    issuer.change('signers.changed');
    await until(() => verifier.verifier.mirror.state().keys?.findDocumentKey(successor.kidText) !== undefined);
    expect(await presented(issuer.makeStudentId())).toBe('status-unavailable');
  });
});
