import {
  type CheckpointPolicy,
  concatBytes,
  type JsonObject,
  localDay,
  rejected,
  type StatusReference,
  type Verdict,
  type VerifiedSdJwtVc,
  withinHours,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { type Lookups, MAX_AGE_SECONDS, type ProveContext, proveStudentId, statusVerdict } from './prove-student-id.js';
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
  /** The issuer is known by a root of this installation alone. */
  trust?: 'local';
  /** Of the copy that was shown, only with a proved holder. */
  status?: StatusReference | undefined;
}

const REPLAY_MARGIN_SECONDS = 60;

/**
 * Decides a student ID presented as SD-JWT VC with key binding: what {@link proveStudentId} proves, then status,
 * registration, policy, hours; replay is the caller's.
 */
export async function decidePresentation(
  presented: PresentedStudentId,
  context: ProveContext & { policy: CheckpointPolicy } & Lookups,
): Promise<PresentationDecision> {
  const { presentation, nonce, audience } = presented;
  const proved = proveStudentId(presentation, { nonce, audience }, context);
  const local = proved.issuer?.kind === 'local' ? ({ trust: 'local' } as const) : {};
  if ('verdict' in proved) return { verdict: proved.verdict, ...local };
  const { credential } = proved;
  const status = await statusVerdict({ ...proved, status: credential.status, form: 'jwt' }, context);
  const verdict =
    status.verdict === 'accepted' ? policyVerdict(credential.claims, context.policy, context.nowSeconds) : status;
  return { verdict, ...replayOf(credential, presented), ...local, status: credential.status };
}

/** What a policy says to the claims of a valid student ID: registration, state, hours. */
export function policyVerdict(claims: JsonObject, policy: CheckpointPolicy, nowSeconds: number): Verdict {
  const { registered_until: until, enrolment_status: state } = claims;
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
