import { DocumentError } from '../errors.js';
import { type EnrolmentStatus, isEnrolmentStatus } from '../student-id/enrolment-states.js';
import { type GatePolicy, gatePolicyFields, parseGatePolicy } from './gate-policy.js';
import { boolean, integer, list, oneOf, record, text } from './policy-fields.js';

/** Hours of one or more days; `to` at or before `from` runs past midnight. */
export interface PolicyHours {
  /** ISO weekdays, Monday is 1. */
  readonly days: readonly number[];
  /** HH:MM, inclusive. */
  readonly from: string;
  /** HH:MM, exclusive. */
  readonly to: string;
}

/** Who may pass a checkpoint, when, and how it behaves. Plain data: the same in JSON and inside a package. */
export interface CheckpointPolicy extends GatePolicy {
  readonly admits: {
    readonly classes: readonly number[] | 'any';
    readonly states: readonly EnrolmentStatus[];
    readonly foreign_passes: boolean;
  };
  readonly requires_semester_registration: boolean;
  readonly hours: 'always' | readonly PolicyHours[];
  /** Of the checkpoint's zone: 480 for Asia/Shanghai. */
  readonly utc_offset_minutes: number;
  readonly requires_challenge: boolean;
  /** Whether people pass on data that is past fresh_until; marked where they do. */
  readonly grace: 'accept-marked' | 'refuse';
  readonly show_portrait: boolean;
  /** Scope of replay memory and anti-passback. */
  readonly zone: string;
}

const fields = [
  'admits',
  'requires_semester_registration',
  'hours',
  'utc_offset_minutes',
  'requires_challenge',
  'grace',
  'show_portrait',
  'zone',
];

/**
 * Reads a policy from JSON or from a package. Every field must be there and no other, but for those of
 * {@link GatePolicy}, which older packages lack.
 * @throws DocumentError `malformed`, its message naming the field.
 */
export function parseCheckpointPolicy(value: unknown): CheckpointPolicy {
  const policy = record(value, 'policy', [...fields, ...gatePolicyFields]);
  const admits = record(policy['admits'], 'admits', ['classes', 'states', 'foreign_passes']);
  const hours = policy['hours'];
  return {
    admits: {
      classes:
        admits['classes'] === 'any'
          ? 'any'
          : list(admits['classes'], 'classes', 256).map((item) => integer(item, 'classes', 0, 255)),
      states: list(admits['states'], 'states', 13).map(state),
      foreign_passes: boolean(admits['foreign_passes'], 'foreign_passes'),
    },
    requires_semester_registration: boolean(policy['requires_semester_registration'], 'requires_semester_registration'),
    hours: hours === 'always' ? 'always' : list(hours, 'hours', 50).map(parseHours),
    utc_offset_minutes: integer(policy['utc_offset_minutes'], 'utc_offset_minutes', -840, 840),
    requires_challenge: boolean(policy['requires_challenge'], 'requires_challenge'),
    grace: oneOf(policy['grace'], 'grace', ['accept-marked', 'refuse']),
    show_portrait: boolean(policy['show_portrait'], 'show_portrait'),
    zone: text(policy['zone'], 'zone', /^[a-z0-9-]{1,64}$/),
    ...parseGatePolicy(policy),
  };
}

function parseHours(value: unknown): PolicyHours {
  const hours = record(value, 'hours', ['days', 'from', 'to']);
  return {
    days: list(hours['days'], 'days', 7).map((day) => integer(day, 'days', 1, 7)),
    from: text(hours['from'], 'from', clock),
    to: text(hours['to'], 'to', clock),
  };
}

const clock = /^([01]\d|2[0-3]):[0-5]\d$/;

function state(value: unknown): EnrolmentStatus {
  if (!isEnrolmentStatus(value)) throw new DocumentError('checkpoint-policy', 'malformed', 'states');
  return value;
}
