import { type CheckpointPolicy, ENROLMENT_STATES, gatePolicyDefaults } from '@lanyard/protocol';

/** What somebody may ask for without a checkpoint of their own. */
export interface Purpose {
  readonly id: string;
  readonly name_zh: string;
  readonly name_en: string;
  readonly policy: CheckpointPolicy;
  /** How long a signed presentation for this purpose is kept as evidence, sealed. Absent: nothing is kept. */
  readonly evidence_days?: number;
}

const SHANGHAI_MINUTES = 480;
const base = {
  ...gatePolicyDefaults,
  hours: 'always',
  utc_offset_minutes: SHANGHAI_MINUTES,
  requires_challenge: false,
  grace: 'refuse',
  show_portrait: false,
} as const;

/** Purposes as data: which states count, and whether the semester registration does. */
export const PURPOSES: readonly Purpose[] = [
  {
    id: 'student-status',
    name_zh: '在籍状态',
    name_en: 'Current student',
    policy: {
      ...base,
      admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
      requires_semester_registration: false,
      zone: 'student-status',
    },
  },
  {
    id: 'rail-discount',
    name_zh: '火车票学生优惠',
    name_en: 'Rail discount',
    policy: {
      ...base,
      admits: { classes: 'any', states: ['enrolled'], foreign_passes: false },
      requires_semester_registration: true,
      zone: 'rail-discount',
    },
  },
  {
    // Its name says what is kept: wallets show it to the holder before he agrees.
    id: 'certificate-pickup',
    name_zh: '凭证领取（留证 90 天）',
    name_en: 'Collect a document (kept 90 days)',
    policy: {
      ...base,
      admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
      requires_semester_registration: false,
      zone: 'certificate-pickup',
    },
    evidence_days: 90,
  },
];

/** Of campus alone, for who comes to an activity; nobody chooses it at a desk. */
const ATTENDANCE: Purpose = {
  id: 'attendance',
  name_zh: '活动签到',
  name_en: 'Check-in at an activity',
  policy: {
    ...base,
    admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
    requires_semester_registration: false,
    zone: 'attendance',
  },
};

/** Of campus alone, for who comes to a service window; one memory of used codes for all windows. */
export const SERVICE_WINDOW: Purpose = {
  id: 'service-window',
  name_zh: '窗口办事',
  name_en: 'At a service window',
  policy: {
    ...base,
    admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
    requires_semester_registration: false,
    zone: 'service-window',
  },
};

export const DEFAULT_PURPOSE = 'student-status';
const byId = new Map([...PURPOSES, ATTENDANCE, SERVICE_WINDOW].map((purpose) => [purpose.id, purpose]));

export function findPurpose(id: string): Purpose | undefined {
  return byId.get(id);
}

/** True when a policy admits every state whose credential is valid: then the status alone proves enough. */
export function admitsEveryValidState(policy: CheckpointPolicy): boolean {
  return ENROLMENT_STATES.every((state) => state.credential !== 'valid' || policy.admits.states.includes(state.code));
}
