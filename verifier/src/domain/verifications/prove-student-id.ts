import {
  type DeterminedStatus,
  rejected,
  STUDENT_ID_VCT,
  type StatusReference,
  type Verdict,
  type VerifiedSdJwtVc,
  verifySdJwtVc,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { IssuerKeys } from '../mirror/mirror-state.js';
import { verdictOfRefusal } from './presentation-reasons.js';

/** Looks a verified credential's status up; an answer that could not be got is `undetermined`. */
export type FindStatus = (reference: StatusReference) => Promise<DeterminedStatus>;

/** A KB-JWT may be this old: a wallet signs just before it sends. */
export const MAX_AGE_SECONDS = 300;
const MAX_FUTURE_SECONDS = 5;

export interface ProveContext {
  keys: IssuerKeys | undefined;
  issuerUrl: string;
  universityCode: string;
  nowSeconds: number;
}

/** With a holder: what he must have signed. Without: only where the asker said that any bearer will do. */
export type HolderBinding = { nonce: string; audience: string } | 'not-required';

/**
 * Proves a student ID presented as SD-JWT VC (RFC 9901 §7.3): form, issuer, issuer's signature, entitled, validity,
 * holder. The university is entitled only to its own issuer URL: another `iss` is `unknown-issuer`, another
 * university's code `issuer-not-entitled`. Status and policy are still to be looked at.
 */
export function proveStudentId(
  presentation: string,
  binding: HolderBinding,
  context: ProveContext,
): { credential: VerifiedSdJwtVc } | { verdict: Verdict } {
  const { keys, nowSeconds } = context;
  if (keys === undefined) return { verdict: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } };
  let credential: VerifiedSdJwtVc;
  let signedOutOfTime = false;
  try {
    credential = verifySdJwtVc(presentation, {
      findIssuerKey: ({ header, payload }) => {
        const signer = payload.iss === context.issuerUrl ? keys.findDocumentKey(header.kid) : undefined;
        const { iat } = payload;
        signedOutOfTime =
          signer !== undefined && typeof iat === 'number' && !(signer.fromSeconds <= iat && iat <= signer.toSeconds);
        return signer?.key;
      },
      nowSeconds,
      keyBinding:
        binding === 'not-required'
          ? { required: false }
          : { required: true, ...binding, maxAgeSeconds: MAX_AGE_SECONDS, maxFutureSeconds: MAX_FUTURE_SECONDS },
      crypto: nodeCrypto,
      acceptedVcts: [STUDENT_ID_VCT],
    });
  } catch (error) {
    const verdict = verdictOfRefusal(error);
    if (verdict === undefined) throw error;
    return { verdict };
  }
  const { university_code: code } = credential.claims;
  if (signedOutOfTime || (code !== undefined && code !== context.universityCode))
    return { verdict: rejected('issuer-not-entitled') };
  return { credential };
}

/** What the status of a proved credential says: accepted where it is valid. */
export async function statusVerdict(reference: StatusReference | undefined, findStatus: FindStatus): Promise<Verdict> {
  // Every student ID has an entry; one without it cannot be looked up.
  if (reference === undefined) return { verdict: 'cannot-decide', reason: 'status-unavailable' };
  const status = await findStatus(reference);
  if (status.status === 'undetermined') {
    return {
      verdict: 'cannot-decide',
      reason: status.code === 'status-list-expired' ? 'status-too-old' : 'status-unavailable',
    };
  }
  if (status.status === 'valid') return { verdict: 'accepted' };
  return rejected(status.status === 'invalid' ? 'revoked' : 'suspended');
}
