import type { CaseEvent } from '../cases/case-event.js';
import { type CaseState, subjectOf } from '../cases/case-state.js';
import type { PersonId } from '../people/person.js';

/** What somebody is told, by kind; the words are made from the service's title when it is read. */
export const NOTICE_KINDS = [
  'returned',
  'your-turn',
  'late',
  'granted',
  'refused',
  'withdrawn',
  'voided',
  'asked-by-name',
  /** A text names danger to life: of the duty, at any hour. */
  'danger',
  /** An incident needs an office: of whoever has its role, at any hour. */
  'incident',
  /** Of a talk between two students (decision 0040), never what was written in it. */
  'talk-opened',
  'talk-message',
  'talk-ended',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
export interface Notice {
  readonly person: PersonId;
  readonly kind: NoticeKind;
  readonly step: string | null;
  readonly atMs: number;
}

/** Who has to hear of what just happened. Nobody is told what he did himself. */
export function noticesOf(events: readonly CaseEvent[], state: CaseState, by: PersonId | undefined): Notice[] {
  const subject = subjectOf(state);
  const told = events.flatMap((event): Notice[] => {
    const to = (person: PersonId | null, kind: NoticeKind, step: string | null): Notice[] =>
      person === null ? [] : [{ person, kind, step, atMs: event.atMs }];
    switch (event.kind) {
      case 'returned':
        return event.to === null ? to(subject, 'returned', null) : [];
      case 'step-opened':
        return event.slots.flatMap(({ owner }) =>
          owner.kind === 'person' ? to(owner.person, 'your-turn', event.step) : [],
        );
      case 'reminded':
        return isApplicantsTurn(state, event.step) ? to(subject, 'late', event.step) : [];
      case 'slot-transferred':
        return to(event.to, 'asked-by-name', event.step);
      case 'cosigner-added':
        return to(event.person, 'asked-by-name', event.step);
      case 'closed':
        return to(subject, event.outcome, null);
      default:
        return [];
    }
  });
  return told.filter(({ person }) => person !== by);
}

function isApplicantsTurn(state: CaseState, step: string | null): boolean {
  if (step === null) return true;
  const open = state.steps[step];
  return (
    open?.status === 'open' &&
    open.slots.some(({ owner }) => owner.kind === 'person' && owner.person === state.applicant.person)
  );
}
