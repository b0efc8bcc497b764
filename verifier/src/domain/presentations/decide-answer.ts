import {
  type CheckpointPolicy,
  checkAnswered,
  checkCredential,
  DcqlAnswerError,
  type DcqlCredentialQuery,
  type DcqlQuery,
  type JsonObject,
  type VpToken,
} from '@lanyard/protocol';
import { policyVerdict } from '../verifications/decide-presentation.js';
import {
  type FindStatus,
  type ProveContext,
  proveStudentId,
  statusVerdict,
} from '../verifications/prove-student-id.js';
import type { AnswerVerdict } from './answer-reasons.js';
import { askedClaims } from './disclosed-claims.js';

/** What one presentation came to; claims only where it was accepted. */
export type CredentialResult = AnswerVerdict & { claims?: JsonObject };
/** Results by credential query. */
export type AnswerResults = { readonly [queryId: string]: readonly CredentialResult[] };
export type DecidedAnswer = { overall: AnswerVerdict; results: AnswerResults };

/** What was given out with the request, and what the answer is decided over. */
export type AnswerContext = ProveContext & {
  query: DcqlQuery;
  nonce: string;
  /** The full client identifier. */
  clientId: string;
  findStatus: FindStatus;
  /** Only where a purpose was asked for. */
  policy: CheckpointPolicy | undefined;
};

/**
 * Decides an answer whose shape was checked (OpenID4VP 1.0 §8.6): each presentation in full; a bad one is discarded,
 * and the whole is bad where the rest no longer is what the query wants. Then no claim is told.
 */
export async function decideAnswer(token: VpToken, context: AnswerContext): Promise<DecidedAnswer> {
  const { query } = context;
  const results: Record<string, CredentialResult[]> = {};
  const accepted = new Set<string>();
  let firstRefusal: AnswerVerdict | undefined;
  for (const credential of query.credentials) {
    for (const presentation of token.get(credential.id) ?? []) {
      const result = await decideOne(presentation, credential, context);
      results[credential.id] = [...(results[credential.id] ?? []), result];
      if (result.verdict === 'accepted') accepted.add(credential.id);
      else firstRefusal ??= { verdict: result.verdict, reason: result.reason };
    }
  }
  try {
    checkAnswered(query, accepted);
    return { overall: { verdict: 'accepted' }, results };
  } catch (error) {
    if (!(error instanceof DcqlAnswerError)) throw error;
    const overall = firstRefusal ?? { verdict: 'rejected', reason: 'query-not-satisfied' };
    return { overall, results: withoutClaims(results) };
  }
}

async function decideOne(
  presentation: string,
  query: DcqlCredentialQuery,
  context: AnswerContext,
): Promise<CredentialResult> {
  const bound = query.require_cryptographic_holder_binding !== false;
  const binding = bound ? { nonce: context.nonce, audience: context.clientId } : 'not-required';
  const proved = proveStudentId(presentation, binding, context);
  if ('verdict' in proved) return proved.verdict;
  const { vct, claims, keyBinding } = proved.credential;
  const status = await statusVerdict(proved.credential.status, proved.issuer, context.findStatus);
  if (status.verdict !== 'accepted') return status;
  try {
    const asked = checkCredential(query, { format: 'dc+sd-jwt', vct, claims, holderBound: keyBinding !== undefined });
    const policy = context.policy === undefined ? status : policyVerdict(claims, context.policy, context.nowSeconds);
    if (policy.verdict !== 'accepted') return policy;
    return { verdict: 'accepted', claims: askedClaims(claims, asked) };
  } catch (error) {
    if (!(error instanceof DcqlAnswerError)) throw error;
    return { verdict: 'rejected', reason: 'query-not-satisfied' };
  }
}

function withoutClaims(results: AnswerResults): AnswerResults {
  return Object.fromEntries(
    Object.entries(results).map(([id, list]) => [id, list.map(({ claims: _, ...verdict }) => verdict)]),
  );
}
