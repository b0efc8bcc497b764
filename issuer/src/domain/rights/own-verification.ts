/** Names in both languages, as the service that knows them says. */
export interface BothNames {
  readonly name_zh: string;
  readonly name_en: string;
}

/**
 * How a student was verified or looked at: at a gate, by a code at a desk, by presenting the ID, by a partner, by staff
 * who opened a page or saw a face, by an opening of passages, by a service he signed in to.
 */
export const VERIFICATION_KINDS = [
  'passage',
  'code',
  'presentation',
  'partner',
  'look-search',
  'look-window',
  'look-nod',
  'look-without-nod',
  'page',
  'face',
  'opening',
  'service',
] as const;
export type VerificationKind = (typeof VERIFICATION_KINDS)[number];

/** One verification as the student reads it: who as an office or service and never a person, and what they learned. */
export interface OwnVerification {
  /** Unix seconds. */
  readonly at: number;
  readonly kind: VerificationKind;
  /** Gate, window, partner or service; null where it is told by `asker`. */
  readonly who: BothNames | null;
  /** `staff`, `operator`, `service:idp` … where nobody has a name of its own. */
  readonly asker: string | null;
  /** A code of the wallet's texts, or names. */
  readonly purpose: string | BothNames | null;
  readonly reason: string | null;
  /** Names of claims that were told, never values. */
  readonly claims: readonly string[];
  readonly result: string;
  readonly result_reason: string | null;
}

/** Sources that could not be asked: the list is not whole then, and says so. */
export type MissingSource = 'verifier' | 'idp';

export interface OwnVerificationPage {
  readonly verifications: readonly OwnVerification[];
  readonly next: string | null;
  readonly missing: readonly MissingSource[];
}

/** A place in the list: seconds, and how many of that second were told before. */
export interface ListPlace {
  readonly at: number;
  readonly skip: number;
}

export function parseListPlace(text: string): ListPlace | undefined {
  const match = /^(\d{1,11})\.(\d{1,6})$/.exec(text);
  return match === null ? undefined : { at: Number(match[1]), skip: Number(match[2]) };
}

/** A page of a list, the newest first, from a place on. */
export function pageOf(
  all: readonly OwnVerification[],
  place: ListPlace | undefined,
  limit: number,
): { verifications: OwnVerification[]; next: string | null } {
  const sorted = [...all].sort((a, b) => b.at - a.at);
  let start = 0;
  if (place !== undefined) {
    start = sorted.findIndex(({ at }) => at <= place.at);
    if (start === -1) return { verifications: [], next: null };
    if (sorted[start]?.at === place.at) start += place.skip;
  }
  const verifications = sorted.slice(start, start + limit);
  const last = verifications.at(-1);
  if (last === undefined || start + limit >= sorted.length) return { verifications, next: null };
  const first = sorted.findIndex(({ at }) => at === last.at);
  return { verifications, next: `${last.at}.${start + limit - first}` };
}

/** The verifier hears of this many people at once: always the same ones, so that asking again tells it nothing new. */
export const COHORT = 8;

export function cohortOf(studentId: number): { readonly from: number; readonly to: number } {
  const from = studentId - (studentId % COHORT);
  return { from, to: from + COHORT - 1 };
}
