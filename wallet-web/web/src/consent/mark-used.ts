import type { WalletContext } from '../app/page.js';
import { keepRecord } from '../storage/keep-record.js';
import type { HeldCredential, KeptRecord } from '../storage/kept.js';
import type { Chosen } from './choices.js';
import { cardName, labelOf, shownClaims } from './claim-words.js';
import { ConsentProblem } from './consent-problem.js';
import type { OpenedRequest } from './open-request.js';

/**
 * Stores every copy as used together with the record, before anything goes out. A copy of the student ID that was used
 * meanwhile, in another tab, ends this with nothing sent. @throws ConsentProblem
 */
export async function markUsed(
  { db, clock, language }: WalletContext,
  opened: OpenedRequest,
  chosen: readonly Chosen[],
): Promise<void> {
  const usedAtMs = clock.nowMs();
  const record: KeptRecord = {
    kind: 'presented',
    atMs: usedAtMs,
    ...recordOf(opened),
    cards: [...new Set(chosen.map(({ candidate }) => cardName(candidate.held.card, language)))],
    learned: [...new Set(chosen.flatMap(({ candidate }) => learnedOf(candidate, language)))],
  };
  try {
    await db.write(async (transaction) => {
      for (const { candidate } of chosen) {
        const { copy, store: name } = candidate.held;
        const store = transaction.objectStore(name);
        const kept: HeldCredential | undefined = await store.get(copy.id ?? -1);
        const again = name === 'others' && kept?.usedAtMs === copy.usedAtMs;
        if (kept === undefined || (kept.usedAtMs !== undefined && !again))
          throw new ConsentProblem('no-copies', 'copy-used');
        await store.put({ ...kept, usedAtMs });
      }
      await keepRecord(transaction, record);
    });
  } catch (cause) {
    throw cause instanceof ConsentProblem ? cause : Object.assign(new ConsentProblem('storage'), { cause });
  }
}

/** Claims of the student ID by name, which has words in both languages; others in their issuer's words. */
function learnedOf(candidate: Chosen['candidate'], language: WalletContext['language']): string[] {
  const { card } = candidate.held;
  return shownClaims(candidate).map((claim) => (card.own ? String(claim.path[0]) : labelOf(card, claim, language)));
}

/** What is kept of who asked and what for. */
export function recordOf({
  asker,
  purpose,
}: Pick<OpenedRequest, 'asker' | 'purpose'>): Pick<KeptRecord, 'to' | 'known' | 'purpose'> {
  const { name, host, certifiedBy } = asker;
  return { to: { name, host }, known: certifiedBy !== undefined, ...(purpose === undefined ? {} : { purpose }) };
}
