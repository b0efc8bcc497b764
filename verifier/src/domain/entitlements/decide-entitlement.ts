import { ENROLMENT_STATES } from '@lanyard/protocol';
import { entitledYear } from './entitled-year.js';
import {
  type EntitledStudent,
  type EntitlementDefinition,
  type EntitlementVerdict,
  type FareRule,
  notEligible,
} from './entitlement.js';
import { studentFare } from './fare.js';

/** How long after entry a student who was never registered is told to wait rather than refused. */
const NEW_STUDENT_DAYS = 120;

/**
 * Whether a student has the discount on a day: status, first registration, registration, form of study, interval; the
 * first that fails is the reason. Uses left are the ledger's to say.
 */
export function decideEntitled(
  definition: EntitlementDefinition,
  student: EntitledStudent,
  day: string,
): EntitlementVerdict {
  const state = ENROLMENT_STATES.find(({ code }) => code === student.enrolmentStatus);
  if (state === undefined || state.credential === 'revoked') return notEligible('not-a-current-student');
  const never = student.registeredUntil === undefined;
  const isNew = never && daysBetween(student.entryDate, day) <= NEW_STUDENT_DAYS;
  if (isNew && (student.enrolmentStatus === 'not-registered' || definition.admits.states.includes(state.code)))
    return notEligible('not-yet');
  if (state.credential === 'suspended') return notEligible('suspended');
  if (!definition.admits.states.includes(state.code)) return notEligible('not-a-current-student');
  if (student.registeredUntil === undefined || student.registeredUntil < day) return notEligible('not-registered');
  if (!definition.admits.studyForms.includes(student.studyForm)) return notEligible('study-form-not-covered');
  const { interval } = student;
  if (interval === undefined) return notEligible('interval-missing');
  if (![interval.from, interval.to].every((place) => definition.stations.includes(place)))
    return notEligible('station-unknown');
  const { to } = entitledYear(definition, day);
  // The earlier of two days.
  const [validUntil = to] = [student.registeredUntil, to].sort();
  return { eligible: true, validUntil };
}

/** A journey somebody wants to buy a ticket for. Prices in fen. */
export interface Journey {
  readonly travelDate: string;
  readonly from: string;
  readonly to: string;
  readonly seatClass: string;
  readonly chargedFen: number;
  readonly publishedFen: number;
}

export type JourneyVerdict =
  | { readonly eligible: true; readonly year: number; readonly fareFen: number; readonly rule: FareRule }
  | Extract<EntitlementVerdict, { eligible: false }>;

/** Whether a journey is covered, and its price. Today decides about the student, the day of travel whose year's uses it takes. */
export function decideJourney(
  definition: EntitlementDefinition,
  student: EntitledStudent,
  journey: Journey,
  today: string,
): JourneyVerdict {
  const now = decideEntitled(definition, student, today);
  if (!now.eligible) return now;
  const { stations, fares } = definition;
  if (!stations.includes(journey.from) || !stations.includes(journey.to)) return notEligible('station-unknown');
  if (!isOnInterval(student, journey)) return notEligible('outside-interval');
  const rule = fares.find(({ seatClass }) => seatClass === journey.seatClass);
  if (rule === undefined) return notEligible('seat-class-not-covered');
  const { year } = entitledYear(definition, today);
  const travelled = entitledYear(definition, journey.travelDate);
  // Tickets are sold a few weeks ahead: the next year's uses may be taken from then on, former ones never.
  if (journey.travelDate < today || travelled.year > year + 1) return notEligible('outside-year');
  return { eligible: true, year: travelled.year, fareFen: studentFare(rule, journey), rule };
}

/** Either way between home and school. */
function isOnInterval({ interval }: EntitledStudent, { from, to }: Journey): boolean {
  if (interval === undefined) return false;
  return (from === interval.from && to === interval.to) || (from === interval.to && to === interval.from);
}

function daysBetween(from: string, to: string): number {
  return Math.floor((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
