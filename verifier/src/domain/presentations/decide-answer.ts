import {
  type CheckpointPolicy,
  checkAnswered,
  checkCredential,
  DcqlAnswerError,
  type DcqlCredentialQuery,
  type DcqlQuery,
  type JsonObject,
  type PresentedCredential,
  type ReceivedTransactionData,
  readableX5cChain,
  type StatusReference,
  type VpToken,
} from '@lanyard/protocol';
import { jsonOfElements } from '@lanyard/protocol/mdoc';
import { authorityKeyIdsOf } from '@lanyard/protocol/x509';
import type { TrustedIssuer } from '../trust/trusted-issuer.js';
import { policyVerdict } from '../verifications/decide-presentation.js';
import {
  type Lookups,
  type NotProved,
  type ProveContext,
  type ProvedCredential,
  proveStudentId,
  statusVerdict,
} from '../verifications/prove-student-id.js';
import { proveStudentIdMdoc } from '../verifications/prove-student-id-mdoc.js';
import { entryOf, type StatusEntry } from '../verifications/trace.js';
import type { AnswerBinding } from './answer-binding.js';
import type { AnswerVerdict, Trusted } from './answer-reasons.js';
import { askedVcts } from './asked-types.js';
import { askedClaims, askedElements } from './disclosed-claims.js';
import { confirmsTransactions, unconfirmed } from './transactions.js';

/** What one presentation came to; claims only where it was accepted. */
export type CredentialResult = AnswerVerdict &
  Trusted & {
    claims?: JsonObject;
    /** Of our own issuer's status list, once issuer and holder were proved. Never told to whoever asked. */
    entry?: StatusEntry;
  };
/** Results by credential query. */
export type AnswerResults = { readonly [queryId: string]: readonly CredentialResult[] };
export type DecidedAnswer = {
  overall: AnswerVerdict & Trusted;
  results: AnswerResults;
  /** Copies whose issuer and holder were proved, with what each came to: for their holder's own list, told to no caller. */
  shown: readonly ShownCopy[];
};
export interface ShownCopy {
  readonly status: StatusReference | undefined;
  readonly result: CredentialResult;
}

/** What was given out with the request, and what the answer is decided over. */
export type AnswerContext = ProveContext &
  Lookups & {
    query: DcqlQuery;
    binding: AnswerBinding;
    transactions: readonly ReceivedTransactionData[];
    /** Only where a purpose was asked for. */
    policy: CheckpointPolicy | undefined;
  };

/** A student ID of either format, or a document, whose issuer and holder were proved. */
interface Proved extends ProvedCredential {
  presented: PresentedCredential;
  /** In the shape policies know. */
  claims: JsonObject;
  /** What the holder signed beside it. */
  holderSaid: JsonObject;
}

/**
 * Decides an answer whose shape was checked (OpenID4VP 1.0 §8.6): each presentation in full; a bad one is discarded,
 * and the whole is bad where the rest no longer is what the query wants. Then no claim is told.
 */
export async function decideAnswer(token: VpToken, context: AnswerContext): Promise<DecidedAnswer> {
  const { query } = context;
  const results: Record<string, CredentialResult[]> = {};
  const accepted = new Set<string>();
  let firstRefusal: (AnswerVerdict & Trusted) | undefined;
  const shown: ShownCopy[] = [];
  for (const credential of query.credentials) {
    for (const presentation of token.get(credential.id) ?? []) {
      const { result, status, proved } = await decideOne(presentation, credential, context);
      if (proved) shown.push({ status, result });
      results[credential.id] = [...(results[credential.id] ?? []), result];
      if (result.verdict === 'accepted') accepted.add(credential.id);
      else firstRefusal ??= { verdict: result.verdict, reason: result.reason, ...trustOf(result) };
    }
  }
  try {
    checkAnswered(query, accepted);
  } catch (error) {
    if (!(error instanceof DcqlAnswerError)) throw error;
    const overall = firstRefusal ?? { verdict: 'rejected', reason: 'query-not-satisfied' };
    return { overall, results: withoutClaims(results), shown: untold(shown, overall) };
  }
  // An alternative that leaves out the credential that was to authorise authorises nothing.
  if (unconfirmed(context.transactions, accepted)) {
    const overall = { verdict: 'rejected', reason: 'transaction-not-confirmed' } as const;
    return { overall, results: withoutClaims(results), shown: untold(shown, overall) };
  }
  const local = Object.values(results).some((list) => list.some((one) => one.trust === 'local'));
  return { overall: { verdict: 'accepted', ...(local ? { trust: 'local' } : {}) }, results, shown };
}

async function decideOne(
  presentation: string,
  query: DcqlCredentialQuery,
  context: AnswerContext,
): Promise<{ result: CredentialResult; status: StatusReference | undefined; proved: boolean }> {
  const proved =
    query.format === 'mso_mdoc' ? proveMdoc(presentation, context) : proveSdJwt(presentation, query, context);
  if ('verdict' in proved) {
    const { verdict, issuer } = proved;
    return { result: { ...verdict, ...localOf(issuer) }, status: undefined, proved: false };
  }
  const entry = proved.issuer.kind === 'own' ? entryOf(proved.status, context.issuerUrl) : undefined;
  const verdict = await judge(proved, query, context);
  const result = { ...verdict, ...localOf(proved.issuer), ...(entry === undefined ? {} : { entry }) };
  return { result, status: proved.status, proved: true };
}

/** Status, every criterion of the query again (§14.11), transactions, policy: in this order. */
async function judge(proved: Proved, query: DcqlCredentialQuery, context: AnswerContext): Promise<CredentialResult> {
  const { presented, claims } = proved;
  const status = await statusVerdict(proved, context);
  if (status.verdict !== 'accepted') return status;
  try {
    const asked = checkCredential(query, presented);
    if (!confirmsTransactions(proved.holderSaid, query, context.transactions))
      return { verdict: 'rejected', reason: 'transaction-not-confirmed' };
    const policy = context.policy === undefined ? status : policyVerdict(claims, context.policy, context.nowSeconds);
    if (policy.verdict !== 'accepted') return policy;
    const told =
      presented.format === 'mso_mdoc'
        ? askedElements(presented.claims, claims, asked)
        : askedClaims(presented.claims, asked);
    return { verdict: 'accepted', claims: told };
  } catch (error) {
    if (!(error instanceof DcqlAnswerError)) throw error;
    return { verdict: 'rejected', reason: 'query-not-satisfied' };
  }
}

function proveSdJwt(presentation: string, query: DcqlCredentialQuery, context: AnswerContext): Proved | NotProved {
  const { nonce, audience } = context.binding;
  const bound = query.require_cryptographic_holder_binding !== false;
  const types = query.format === 'dc+sd-jwt' ? askedVcts(query.meta.vct_values) : [];
  const proved = proveStudentId(presentation, bound ? { nonce, audience } : 'not-required', context, types);
  if ('verdict' in proved) return proved;
  const { vct, claims, keyBinding, header, status } = proved.credential;
  // The header is signed: what it says of authorities, the issuer says.
  const authorityKeyIds =
    query.trusted_authorities === undefined ? [] : authorityKeyIdsOf(readableX5cChain(header['x5c']));
  return {
    presented: { format: 'dc+sd-jwt', vct, claims, holderBound: keyBinding !== undefined, authorityKeyIds },
    ...{ claims, status, form: 'jwt', holderSaid: keyBinding?.payload ?? {} },
    ...{ issuer: proved.issuer, certificate: proved.certificate },
  };
}

function proveMdoc(presentation: string, context: AnswerContext): Proved | NotProved {
  const proved = proveStudentIdMdoc(presentation, context.binding.sessionTranscript, context);
  if ('verdict' in proved) return proved;
  const { mdoc, claims, issuer, certificate, authorityKeyIds } = proved;
  const { docType, elements, status } = mdoc;
  return {
    // What the holder signed himself answers no query.
    presented: { format: 'mso_mdoc', docType, claims: jsonOfElements(elements), holderBound: true, authorityKeyIds },
    ...{ claims, status, form: 'cwt', issuer, certificate, holderSaid: {} },
  };
}

/** Where the whole was refused nothing was told, whatever a copy alone came to. */
const untold = (shown: readonly ShownCopy[], overall: AnswerVerdict & Trusted): ShownCopy[] =>
  shown.map(({ status, result }) => ({ status, result: result.verdict === 'accepted' ? overall : result }));

const localOf = (issuer: TrustedIssuer | undefined) => (issuer?.kind === 'local' ? ({ trust: 'local' } as const) : {});

const trustOf = ({ trust }: Trusted): Trusted => (trust === undefined ? {} : { trust });

function withoutClaims(results: AnswerResults): AnswerResults {
  return Object.fromEntries(
    Object.entries(results).map(([id, list]) => [id, list.map(({ claims: _, ...verdict }) => verdict)]),
  );
}
