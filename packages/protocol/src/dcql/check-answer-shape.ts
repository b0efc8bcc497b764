import { DcqlAnswerError } from './errors.js';
import type { DcqlQuery } from './z-dcql-query.js';

/**
 * Checks which credential queries an answer answers, and how often (OpenID4VP 1.0 §6.4.2, §8.1), before anything in
 * it is looked at: an array of exactly one unless `multiple`, no unknown id, everything required, and nothing that
 * no choice of options asks for.
 *
 * @throws DcqlAnswerError `answer-id-unknown`, `answer-empty`, `answer-too-many`, `answer-missing`, `answer-not-asked`.
 */
export function checkAnswerShape(query: DcqlQuery, answer: ReadonlyMap<string, readonly unknown[]>): void {
  for (const [id, presentations] of answer) {
    const credential = query.credentials.find((one) => one.id === id);
    if (credential === undefined) throw new DcqlAnswerError('answer-id-unknown', 'an answer to no query');
    if (presentations.length === 0) throw new DcqlAnswerError('answer-empty', 'an empty answer', id);
    if (presentations.length > 1 && credential.multiple !== true)
      throw new DcqlAnswerError('answer-too-many', 'more than one without multiple', id);
  }
  checkAnswered(query, new Set(answer.keys()));
}

/** Whether these ids, and no fewer or more, are what the query may be answered with. */
export function checkAnswered(query: DcqlQuery, answered: ReadonlySet<string>): void {
  const { credentials, credential_sets: sets } = query;
  if (sets === undefined) {
    const missing = credentials.find(({ id }) => !answered.has(id));
    if (missing !== undefined) throw new DcqlAnswerError('answer-missing', 'a credential is missing', missing.id);
    return;
  }
  const bits = (ids: Iterable<string>) => [...ids].reduce((mask, id) => mask | maskOf(query, id), 0);
  const given = bits(answered);
  // Every union of one option for each set; at most 8 credentials, so at most 256 of them.
  let unions = new Set([0]);
  for (const { options, required } of sets) {
    const possible = options.map(bits).filter((option) => (option & given) === option);
    if (required !== false && possible.length === 0)
      throw new DcqlAnswerError('answer-missing', 'a required set has no complete option');
    const next = new Set(required === false ? unions : []);
    for (const union of unions) for (const option of possible) next.add(union | option);
    unions = next;
  }
  if (!unions.has(given)) throw new DcqlAnswerError('answer-not-asked', 'more credentials than were asked for');
}

function maskOf(query: DcqlQuery, id: string): number {
  return 1 << query.credentials.findIndex((one) => one.id === id);
}
