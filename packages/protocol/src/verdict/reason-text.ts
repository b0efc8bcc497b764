/** What a reason says to people in one language; short, because a guard reads `title` at two metres. */
export interface ReasonText {
  /** At most 12 Chinese characters or 32 letters. */
  readonly title: string;
  readonly cause: string;
  /** What the guard does now. */
  readonly next_guard: string;
  /** What the student does now. */
  readonly next_student: string;
}

/** A reason in both languages. */
export interface ReasonTexts {
  readonly zh: ReasonText;
  readonly en: ReasonText;
}

/** One language's text from its four sentences. */
export function reasonText(title: string, cause: string, next_guard: string, next_student: string): ReasonText {
  return { title, cause, next_guard, next_student };
}
