import { type DcqlQuery, STUDENT_ID_VCT } from '@lanyard/protocol';
import { admitsEveryValidState, type Purpose } from '../verifications/purposes.js';

/** Asks for what the purpose's policy looks at, and for nothing else. */
export function queryOfPurpose({ policy }: Purpose): DcqlQuery {
  const paths = [
    ...(admitsEveryValidState(policy) ? [] : ['enrolment_status']),
    ...(policy.requires_semester_registration ? ['registered_until'] : []),
  ];
  return {
    credentials: [
      {
        id: 'student_id',
        format: 'dc+sd-jwt',
        meta: { vct_values: [STUDENT_ID_VCT] },
        ...(paths.length === 0 ? {} : { claims: paths.map((name) => ({ path: [name] })) }),
      },
    ],
  };
}
