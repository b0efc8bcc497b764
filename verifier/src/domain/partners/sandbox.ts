import { rejected, type Verdict } from '@lanyard/protocol';
import type { EntitledStudent } from '../entitlements/entitlement.js';

/** A fixed person of the sandbox: what its code says, and what the register would. */
export interface SandboxPerson {
  readonly code: string;
  readonly verdict: Verdict;
  readonly student: EntitledStudent | undefined;
}

const accepted: Verdict = { verdict: 'accepted' };
const cannotDecide: Verdict = { verdict: 'cannot-decide', reason: 'network-needed' };

/**
 * One person in every state, for partners that build: `SANDBOX:NAME` in the place of a code. They are in no register,
 * their codes are never taken, and a real code is refused in the sandbox.
 */
export function sandboxPeople(today: string): readonly SandboxPerson[] {
  const year = Number(today.slice(0, 4));
  const base: EntitledStudent = {
    subject: '',
    ...{ enrolmentStatus: 'enrolled', studyForm: 'full-time', level: 'bachelor', entryDate: `${year - 2}-09-01` },
    registeredUntil: `${year + 1}-02-28`,
    interval: { from: '广州南', to: '武汉' },
  };
  const person = (name: string, verdict: Verdict, change: Partial<EntitledStudent> = {}): SandboxPerson => ({
    code: `SANDBOX:${name}`,
    verdict,
    student: { ...base, ...change },
  });
  const nobody = (name: string, verdict: Verdict): SandboxPerson => ({
    code: `SANDBOX:${name}`,
    verdict,
    student: undefined,
  });
  return [
    person('ELIGIBLE', accepted),
    person('PART-TIME', accepted, { studyForm: 'part-time' }),
    person('NO-INTERVAL', accepted, { interval: undefined }),
    person('UNKNOWN-STATION', accepted, { interval: { from: '广州南', to: '不存在站' } }),
    person('NOT-REGISTERED', rejected('not-registered'), { registeredUntil: `${year - 1}-08-31` }),
    person('FRESHMAN', rejected('suspended'), {
      ...{ enrolmentStatus: 'not-registered', registeredUntil: undefined, entryDate: today },
    }),
    person('ON-LEAVE', rejected('suspended'), { enrolmentStatus: 'on-leave-of-absence' }),
    person('LOST-PHONE', rejected('suspended')),
    person('GRADUATED', rejected('revoked'), { enrolmentStatus: 'graduated' }),
    person('WITHDRAWN', rejected('revoked'), { enrolmentStatus: 'withdrawn' }),
    nobody('TOO-OLD', rejected('too-old')),
    nobody('USED-BEFORE', rejected('replayed')),
    nobody('FORGED', rejected('holder-signature-invalid')),
    nobody('UNDECIDED', cannotDecide),
  ];
}

/**
 * Who may answer a check request of the sandbox, in the place of a wallet: the people above whose ID can be shown, and
 * wallets that show none.
 */
export const SANDBOX_ANSWERS = [
  ...['SANDBOX:ELIGIBLE', 'SANDBOX:PART-TIME', 'SANDBOX:NO-INTERVAL', 'SANDBOX:UNKNOWN-STATION'],
  ...['SANDBOX:NOT-REGISTERED', 'SANDBOX:FRESHMAN', 'SANDBOX:ON-LEAVE', 'SANDBOX:LOST-PHONE', 'SANDBOX:GRADUATED'],
  ...['SANDBOX:WITHDRAWN', 'SANDBOX:UNDECIDED', 'SANDBOX:DECLINES', 'SANDBOX:WALLET-ERROR', 'SANDBOX:SHOWS-ANOTHER'],
] as const;
export type SandboxAnswer = (typeof SANDBOX_ANSWERS)[number];

/** Why a request ends whose simulated wallet shows nothing. */
export const SANDBOX_ENDS: Partial<Record<SandboxAnswer, string>> = {
  'SANDBOX:DECLINES': 'declined',
  'SANDBOX:WALLET-ERROR': 'wallet-error',
  'SANDBOX:SHOWS-ANOTHER': 'query-not-satisfied',
};

/** The passenger every student of the sandbox is. */
export const SANDBOX_PASSENGER = '测试·乘客';
