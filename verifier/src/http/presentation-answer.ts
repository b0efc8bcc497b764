import type { DcqlQuery } from '@lanyard/protocol';
import type { AnswerResults, CredentialResult } from '../domain/presentations/decide-answer.js';
import type { ReadAnswer } from '../storage/presentation-store.js';

type Told = Omit<CredentialResult, 'entry'>;

/**
 * Verdict, and while they are kept the results: `credentials` by query id (a list where the query says `multiple`),
 * and `claims` of the accepted ones, flat where the query asks for one credential.
 */
export function presentationAnswer(query: DcqlQuery, { overall, results }: ReadAnswer): object {
  const verdict = {
    verdict: overall.verdict,
    ...(overall.reason === undefined ? {} : { reason: overall.reason }),
    ...(overall.trust === undefined ? {} : { trust: overall.trust }),
  };
  if (results === undefined) return verdict;
  const credentials: Record<string, Told | readonly Told[]> = {};
  const claims: Record<string, unknown> = {};
  for (const { id, multiple } of query.credentials) {
    const [first, ...more] = withoutEntries(results[id] ?? []);
    if (first === undefined) continue;
    credentials[id] = multiple === true ? [first, ...more] : first;
    const told = [first, ...more].flatMap((one) => (one.claims === undefined ? [] : [one.claims]));
    if (told.length > 0) claims[id] = multiple === true ? told : told[0];
  }
  const [only, ...others] = query.credentials;
  const flat = only !== undefined && others.length === 0 && only.multiple !== true;
  const answer = flat ? claims[only.id] : claims;
  return { ...verdict, ...(overall.verdict === 'accepted' ? { claims: answer ?? {} } : {}), credentials };
}

/** Whoever asked learns what was shown, never by what the issuer would find the student again. */
function withoutEntries(results: AnswerResults[string]): readonly Told[] {
  return results.map(({ entry: _, ...told }) => told);
}
