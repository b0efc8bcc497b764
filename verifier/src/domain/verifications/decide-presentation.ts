import {
  type CheckpointPolicy,
  concatBytes,
  type DeterminedStatus,
  localDay,
  rejected,
  STUDENT_ID_VCT,
  type StatusReference,
  type Verdict,
  type VerifiedSdJwtVc,
  verifySdJwtVc,
  withinHours,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { IssuerKeys } from '../mirror/mirror-state.js';
import { verdictOfRefusal } from './presentation-reasons.js';
import { admitsEveryValidState } from './purposes.js';

/** What a caller hands over, with what it had given out for it. */
export interface PresentedStudentId {
  presentation: string;
  nonce: string;
  audience: string;
}

export interface PresentationDecision {
  verdict: Verdict;
  /** Both signatures held: taken once, the same answer to the same nonce is `replayed`. */
  replayKey?: Uint8Array;
  replayUntilSeconds?: number;
}

/** Looks a verified credential's status up; an answer that could not be got is `undetermined`. */
export type FindStatus = (reference: StatusReference) => Promise<DeterminedStatus>;

const MAX_AGE_SECONDS = 300;
const MAX_FUTURE_SECONDS = 5;
const REPLAY_MARGIN_SECONDS = 60;

/**
 * Decides a student ID presented as SD-JWT VC with key binding (RFC 9901 §7.3): form, issuer, issuer's signature,
 * entitled, validity, holder, status, registration, policy, hours; replay is the caller's. The university is entitled
 * only to its own issuer URL: another `iss` is `unknown-issuer`, another university's code `issuer-not-entitled`.
 */
export async function decidePresentation(
  presented: PresentedStudentId,
  context: {
    policy: CheckpointPolicy;
    keys: IssuerKeys | undefined;
    issuerUrl: string;
    universityCode: string;
    findStatus: FindStatus;
    nowSeconds: number;
  },
): Promise<PresentationDecision> {
  const { keys, nowSeconds } = context;
  if (keys === undefined) return { verdict: { verdict: 'cannot-decide', reason: 'issuer-keys-missing' } };
  let credential: VerifiedSdJwtVc;
  let signedOutOfTime = false;
  try {
    credential = verifySdJwtVc(presented.presentation, {
      findIssuerKey: ({ header, payload }) => {
        const signer = payload.iss === context.issuerUrl ? keys.findDocumentKey(header.kid) : undefined;
        const { iat } = payload;
        signedOutOfTime =
          signer !== undefined && typeof iat === 'number' && !(signer.fromSeconds <= iat && iat <= signer.toSeconds);
        return signer?.key;
      },
      nowSeconds,
      keyBinding: {
        required: true,
        nonce: presented.nonce,
        audience: presented.audience,
        maxAgeSeconds: MAX_AGE_SECONDS,
        maxFutureSeconds: MAX_FUTURE_SECONDS,
      },
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
  return { verdict: await decideHolder(credential, context), ...replayOf(credential, presented) };
}

async function decideHolder(
  credential: VerifiedSdJwtVc,
  context: { policy: CheckpointPolicy; findStatus: FindStatus; nowSeconds: number },
): Promise<Verdict> {
  const { policy, nowSeconds } = context;
  // Every student ID has an entry; one without it cannot be looked up.
  if (credential.status === undefined) return { verdict: 'cannot-decide', reason: 'status-unavailable' };
  const status = await context.findStatus(credential.status);
  if (status.status === 'undetermined') {
    return {
      verdict: 'cannot-decide',
      reason: status.code === 'status-list-expired' ? 'status-too-old' : 'status-unavailable',
    };
  }
  if (status.status !== 'valid') return rejected(status.status === 'invalid' ? 'revoked' : 'suspended');

  const { registered_until: until, enrolment_status: state } = credential.claims;
  if (policy.requires_semester_registration && !isRegistered(until, localDay(policy, nowSeconds)))
    return rejected('not-registered');
  if (!permits(policy, state)) return rejected('not-permitted');
  if (!withinHours(policy, nowSeconds)) return rejected('outside-hours');
  return { verdict: 'accepted' };
}

/** What was not disclosed counts as not said. */
function isRegistered(until: unknown, today: number): boolean {
  return typeof until === 'string' && Date.parse(`${until}T00:00:00Z`) / 86_400_000 >= today;
}

/** A student ID names no policy class; its state may stay hidden where every valid state is admitted. */
function permits(policy: CheckpointPolicy, state: unknown): boolean {
  if (policy.admits.classes !== 'any') return false;
  if (state === undefined) return admitsEveryValidState(policy);
  return policy.admits.states.some((admitted) => admitted === state);
}

function replayOf(credential: VerifiedSdJwtVc, presented: PresentedStudentId) {
  const { holderJwk, keyBinding } = credential;
  if (holderJwk === undefined || keyBinding === undefined) return {};
  const given = nodeCrypto.sha256(Buffer.from(JSON.stringify([presented.nonce, presented.audience])));
  return {
    replayKey: concatBytes(holderJwk.compressed, given),
    replayUntilSeconds: keyBinding.issuedAtSeconds + MAX_AGE_SECONDS + REPLAY_MARGIN_SECONDS,
  };
}
