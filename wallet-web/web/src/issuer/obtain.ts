import { decodeBase64url } from '@lanyard/protocol';
import type { Face, GateKey, HeldCredential, IssuerEndpoints } from '../storage/kept.js';
import type { Clock } from '../time/corrected-clock.js';
import { CredentialProblem, checkPass, checkStudentId, portraitBytes } from './check-credential.js';
import type { CallIssuer } from './holder-line.js';
import { ask, readJson } from './refusal.js';
import { generateProofKey, signHolderProof } from './sign-proof.js';

export const STUDENT_ID = 'student-id-sd-jwt';
export const STUDENT_PASS = 'student-pass';
/** Copies in a full wallet: each is shown once, so that showings cannot be linked. */
export const FULL_COPIES: Record<string, number> = { [STUDENT_ID]: 10, [STUDENT_PASS]: 8 };

interface Deps {
  readonly call: CallIssuer;
  readonly endpoints: IssuerEndpoints;
  readonly clock: Clock;
}

async function nonceOf(endpoints: IssuerEndpoints): Promise<string> {
  return (await readJson<{ c_nonce: string }>(await ask(endpoints.nonce, { method: 'POST' }))).c_nonce;
}

/** A batch of copies, each with a fresh key, all checked. Nothing is stored here. */
export async function obtainCopies(
  deps: Deps,
  configuration: string,
  count = FULL_COPIES[configuration] ?? 1,
): Promise<{ held: HeldCredential[]; face: Face | undefined }> {
  const { endpoints, clock } = deps;
  const keys = await Promise.all(Array.from({ length: count }, generateProofKey));
  const nonce = await nonceOf(endpoints);
  const proof = { audience: endpoints.issuer, nonce, typ: 'openid4vci-proof+jwt' } as const;
  const jwt = await Promise.all(keys.map((key) => signHolderProof(key, proof, clock.nowSeconds())));
  const answer = await deps.call<{ credentials?: { credential: string }[] }>(endpoints.credential, {
    body: { credential_configuration_id: configuration, proofs: { jwt } },
  });
  const texts = (answer.credentials ?? []).map(({ credential }) => credential);
  if (texts.length === 0 || texts.length > keys.length) throw new CredentialProblem('count');
  const issuerKeys = configuration === STUDENT_PASS ? [] : await issuerKeysOf(endpoints.issuer);
  const held: HeldCredential[] = [];
  let face: Face | undefined;
  for (const [index, credential] of texts.entries()) {
    const key = keys[index];
    if (key === undefined) continue;
    const common = { configuration, issuer: endpoints.issuer, credential, privateKey: key.privateKey };
    if (configuration === STUDENT_PASS) {
      held.push({ ...common, expiresAtSeconds: checkPass(credential, key.jwk).expiresAtSeconds });
      continue;
    }
    const checked = await checkStudentId(credential, { issuer: endpoints.issuer, ownKey: key.jwk, issuerKeys });
    held.push({ ...common, expiresAtSeconds: checked.expiresAtSeconds });
    if (face !== undefined) continue;
    const { portrait: _, ...claims } = checked.claims;
    face = {
      issuer: endpoints.issuer,
      issuerName: endpoints.name,
      claims,
      portrait: portraitBytes(checked.claims),
      expiresAtSeconds: checked.expiresAtSeconds,
      receivedAtMs: clock.nowMs(),
    };
  }
  return { held, face };
}

/** Keys of the issuer (SD-JWT VC, `/.well-known/jwt-vc-issuer`). */
async function issuerKeysOf(issuer: string): Promise<Record<string, unknown>[]> {
  const url = new URL(issuer);
  const path = url.pathname === '/' ? '' : url.pathname;
  const answer = await ask(`${url.origin}/.well-known/jwt-vc-issuer${path}`);
  const body = await readJson<{ issuer?: unknown; jwks?: { keys?: Record<string, unknown>[] } }>(answer);
  if (body.issuer !== issuer) throw new CredentialProblem('issuer metadata');
  return body.jwks?.keys ?? [];
}

/** A fresh gate key, enrolled: from now on gates know this phone, and a former key runs out. */
export async function enrolGateKey(deps: Deps): Promise<GateKey> {
  const { endpoints, clock } = deps;
  const key = await generateProofKey();
  const proof = {
    audience: endpoints.issuer,
    nonce: await nonceOf(endpoints),
    typ: 'lanyard-gate-key-proof+jwt',
  } as const;
  const answer = await deps.call<{ link_key: string; key_day: number; renew_after: number }>(
    `${endpoints.issuer}/v1/gate-keys`,
    { body: { proof: await signHolderProof(key, proof, clock.nowSeconds()) } },
  );
  const linkKey = decodeBase64url(answer.link_key);
  if (linkKey.length !== 16 || !Number.isInteger(answer.key_day)) throw new CredentialProblem('gate key');
  return { privateKey: key.privateKey, linkKey, keyDay: answer.key_day, renewAfter: answer.renew_after };
}
