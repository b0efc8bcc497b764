import { reasonTexts, type Verdict } from '@lanyard/protocol';
import type { FoundPerson } from '../adapters/issuer-client.js';
import { titlesOf } from '../domain/verifications/verification.js';

export interface WindowAnswerDeps {
  /** The student of a row, audited at the issuer as a look; undefined where it could not be had. */
  openAtWindow: (rowNumber: number, actor: string) => Promise<FoundPerson | undefined>;
  fetchPortrait: (portraitId: string) => Promise<Buffer>;
}

/** What campus is told of somebody at a window: the verdict with the clerk's next step, and who it is of who is let in. */
export async function windowAnswer(
  { openAtWindow, fetchPortrait }: WindowAnswerDeps,
  { verdict, reason }: Verdict,
  { row, actor }: { readonly row: number | undefined; readonly actor: string },
) {
  const person = verdict === 'accepted' && row !== undefined ? await openAtWindow(row, actor) : undefined;
  const texts = reason === undefined ? undefined : reasonTexts[reason];
  const portraitId = person?.portrait_id ?? null;
  return {
    ...{ verdict, reason, ...titlesOf(reason) },
    ...{ next_zh: texts?.zh.next_guard ?? null, next_en: texts?.en.next_guard ?? null },
    student_number: person?.student_number ?? null,
    // Base64 JPEG; null where there is none or it cannot be had: a clerk compares with a paper ID then.
    portrait: portraitId === null ? null : await portraitOf(portraitId, fetchPortrait),
  };
}

const portraitOf = (id: string, fetchPortrait: WindowAnswerDeps['fetchPortrait']): Promise<string | null> =>
  fetchPortrait(id).then(
    (jpeg) => jpeg.toString('base64'),
    () => null,
  );
