import { officeOf } from '../answers/may-publish.js';
import type { PersonActor } from '../cases/action.js';
import { type CaseState, openSteps } from '../cases/case-state.js';
import { steeringTurn } from '../cases/turn.js';
import { DUTY_STEP } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { fitOf } from '../definitions/match.js';
import { isSamePerson } from '../people/person.js';
import { seesCase, visibleForm } from '../views/who-sees.js';

/** Who writes: the one who misses something, or the one who has found it. Nobody is called otherwise in a talk. */
export type TalkSide = 'owner' | 'finder';
/** Why an office ends a talk. Both read it, so it is none of its own words. */
export const TALK_ENDINGS = ['settled', 'other-thing', 'misuse', 'no-answer'] as const;
export type TalkEnding = (typeof TALK_ENDINGS)[number];
/** Of one person and day, over all talks; a constraint of the table says it too. */
export const MESSAGES_A_DAY = 20;

/** A case as a talk looks at it. */
export interface TalkCase {
  readonly ready: { readonly definition: ServiceDefinition };
  readonly state: CaseState;
}
export type TalkRefusal =
  | 'talk-not-offered'
  | 'talk-pair-unfit'
  | 'talk-with-oneself'
  | 'own-case'
  | 'not-your-turn'
  | 'case-closed'
  | 'case-waits-for-applicant';

/**
 * Whether an office may have the applicants of two cases it can read write to each other, and which side the first one is.
 * By what this reader sees of both forms.
 */
export function pairForTalk(
  one: TalkCase,
  other: TalkCase,
  office: PersonActor,
): { readonly ok: true; readonly side: TalkSide } | { readonly ok: false; readonly code: TalkRefusal } {
  const [mine, theirs] = [one.ready.definition, other.ready.definition];
  const { match } = mine;
  if (match === undefined || theirs.match === undefined) return { ok: false, code: 'talk-not-offered' };
  if (mine.id !== theirs.id) return { ok: false, code: 'talk-pair-unfit' };
  const code = [one, other].map(({ state }) => whyNot(state, office)).find((found) => found !== undefined);
  if (code !== undefined) return { ok: false, code };
  if (isSamePerson(one.state.applicant.person, other.state.applicant.person))
    return { ok: false, code: 'talk-with-oneself' };
  const form = visibleForm(mine, one.state, office);
  if (fitOf(match, form, visibleForm(theirs, other.state, office)) === undefined)
    return { ok: false, code: 'talk-pair-unfit' };
  return { ok: true, side: form[match.kind] === match.pair[0] ? 'owner' : 'finder' };
}

/** The office is who could act on an open step of the case; the duty beside the steps is no such office. */
function whyNot(state: CaseState, office: PersonActor): TalkRefusal | undefined {
  if (state.status === 'closed') return 'case-closed';
  if (state.status === 'returned') return 'case-waits-for-applicant';
  if (isSamePerson(office.person, state.applicant.person)) return 'own-case';
  const turns = openSteps(state).flatMap(([id, step]) =>
    id === DUTY_STEP ? [] : [steeringTurn(office, step, state.applicant.person)],
  );
  return turns.some((turn) => typeof turn === 'object') ? undefined : 'not-your-turn';
}

/** Whether somebody reads a talk as the office: sees both cases, owns a step of their service, and is none of the two. */
export const readsTalk = (cases: readonly TalkCase[], reader: PersonActor): boolean =>
  cases.length === 2 &&
  cases.every(
    ({ ready: { definition }, state }) =>
      seesCase(definition, state, reader) &&
      officeOf(definition, reader) !== undefined &&
      !isSamePerson(reader.person, state.applicant.person),
  );
