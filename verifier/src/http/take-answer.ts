import { randomBytes } from 'node:crypto';
import type { Clock } from '@lanyard/platform';
import { type CheckpointPolicy, encodeBase64url } from '@lanyard/protocol';
import { responseJwkOf } from '../adapters/response-encryption.js';
import { type AnswerBinding, dcApiBinding, redirectBinding } from '../domain/presentations/answer-binding.js';
import { type AnswerContext, type DecidedAnswer, decideAnswer } from '../domain/presentations/decide-answer.js';
import { evidencePlanOf, type PresentationEvidence, textsOf } from '../domain/presentations/evidence.js';
import { sentTransactions } from '../domain/presentations/transactions.js';
import { findPurpose } from '../domain/verifications/purposes.js';
import { entryOf, type VerificationTrace } from '../domain/verifications/trace.js';
import type { OpenPresentation, PresentationStore } from '../storage/presentation-store.js';
import type { ReceivedAnswer } from './read-answer.js';
import { responseUriOf } from './sign-request.js';

export interface TakeAnswerDeps {
  presentations: PresentationStore;
  clock: Clock;
  verifierUrl: string;
  /** Policy of the door that was tapped, where a request came from a tap. */
  doorPolicyOf: (requestId: string) => Promise<CheckpointPolicy | undefined>;
  /** Without what a request itself brings. */
  answerContext: () => Omit<AnswerContext, 'query' | 'binding' | 'transactions' | 'policy'>;
}

const CODE_BYTES = 32;

/** Decides an answer of the right shape and takes it, once; undefined where another was taken meanwhile. */
export async function takeAnswer(
  received: ReceivedAnswer,
  presentation: OpenPresentation,
  deps: TakeAnswerDeps,
  actor?: string,
): Promise<(DecidedAnswer & { responseCode: string | undefined }) | undefined> {
  const binding = bindingOf(presentation, deps.verifierUrl);
  const decided = await decide(received, presentation, binding, deps);
  const responseCode = presentation.returnUrl === undefined ? undefined : randomBytes(CODE_BYTES).toString('base64url');
  const evidence = evidenceOf(received, presentation, binding, decided, deps);
  const traces = tracesOf(presentation, decided, deps);
  const { overall, results } = decided;
  const answer = { overall, results, responseCode, evidence, traces };
  const taken = await deps.presentations.take(presentation.id, answer, actor);
  return taken ? { ...decided, responseCode } : undefined;
}

function bindingOf(presentation: OpenPresentation, verifierUrl: string): AnswerBinding {
  const { clientId, nonce, origin, encryptionKey: key } = presentation;
  const encryptionJwk = key === undefined ? undefined : responseJwkOf(key.pkcs8, key.kid);
  if (origin !== undefined) return dcApiBinding({ origin, nonce, encryptionJwk });
  return redirectBinding({ clientId, nonce, responseUri: responseUriOf(verifierUrl, presentation.id), encryptionJwk });
}

async function decide(
  received: ReceivedAnswer,
  { id, query, purpose, transactions }: OpenPresentation,
  binding: AnswerBinding,
  deps: TakeAnswerDeps,
): Promise<DecidedAnswer> {
  if ('error' in received) {
    const reason = received.error === 'access_denied' ? 'declined' : 'wallet-error';
    return { overall: { verdict: 'rejected', reason }, results: {}, shown: [] };
  }
  const policy = purpose === undefined ? await deps.doorPolicyOf(id) : findPurpose(purpose)?.policy;
  const context = { ...deps.answerContext(), query, binding, transactions: sentTransactions(transactions, query) };
  return decideAnswer(received.token, { ...context, policy });
}

/** For each of our students who was proved: the entry of the copy he showed, and what was told of it. */
function tracesOf(
  { caller, purpose }: OpenPresentation,
  { shown }: DecidedAnswer,
  { clock, answerContext }: TakeAnswerDeps,
): VerificationTrace[] {
  // A partner's check is told to its student as a check.
  if (caller.startsWith('partner:')) return [];
  const { issuerUrl } = answerContext();
  return shown.flatMap(({ status, result: { verdict, reason, claims } }) => {
    const by = entryOf(status, issuerUrl);
    if (by === undefined) return [];
    return {
      ...{ kind: 'presentation', atMs: clock.nowMs(), by, verdict, reason },
      asker: caller.startsWith('account:') ? 'staff' : caller,
      place: purpose === undefined ? '' : `purpose:${purpose}`,
      claims: Object.keys(claims ?? {}),
    };
  });
}

/** Only of what was accepted: what was refused proves nothing that anybody could need later. */
function evidenceOf(
  received: ReceivedAnswer,
  presentation: OpenPresentation,
  { audience, nonce, jwkThumbprint }: AnswerBinding,
  { overall }: DecidedAnswer,
  { clock, verifierUrl }: TakeAnswerDeps,
) {
  const { id, query, origin, transactions, purpose } = presentation;
  const plan = evidencePlanOf(purpose === undefined ? undefined : findPurpose(purpose), clock.nowMs());
  if (plan === undefined || 'error' in received || overall.verdict !== 'accepted') return undefined;
  const evidence: PresentationEvidence = {
    vp_token: textsOf(received.token),
    dcql_query: query,
    ...{ nonce, audience },
    ...(origin === undefined ? { response_uri: responseUriOf(verifierUrl, id) } : { origin }),
    ...(jwkThumbprint === undefined ? {} : { encryption_key_thumbprint: encodeBase64url(jwkThumbprint) }),
    ...(transactions === undefined ? {} : { transaction_data: transactions }),
    decided_at: new Date(clock.nowMs()).toISOString(),
    verdict: overall,
  };
  return { ...plan, evidence };
}
