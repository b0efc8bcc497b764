import type { Installation } from '../support/installation.js';

const NAMESPACE = 'org.lanyard.student-id.1';

/** Asks for number and state, in either format. */
export const QUERIES = {
  'student-id-sd-jwt': {
    id: 'student',
    format: 'dc+sd-jwt',
    meta: { vct_values: ['urn:lanyard:student-id:1'] },
    claims: [{ path: ['student_number'] }, { path: ['enrolment_status'] }],
  },
  'student-id-mdoc': {
    id: 'student',
    format: 'mso_mdoc',
    meta: { doctype_value: NAMESPACE },
    claims: [{ path: [NAMESPACE, 'student_number'] }, { path: [NAMESPACE, 'enrolment_status'] }],
  },
} as const;

/** Each format over each response mode and client identifier prefix. */
export const WAYS = (['student-id-sd-jwt', 'student-id-mdoc'] as const).flatMap((configuration) =>
  ['direct_post', 'direct_post.jwt'].flatMap((response_mode) =>
    ['x509_san_dns', 'x509_hash'].map((client_id_prefix) => [configuration, response_mode, client_id_prefix] as const),
  ),
);

/** A request as the verifier's own callers get it. */
export interface Asked {
  id: string;
  authorization_request: string;
}

/** Makes requests for the student ID across devices, and reads what came of them. */
export function createDesk(installation: () => Installation) {
  return {
    ask: (configuration: keyof typeof QUERIES, more: object = {}) =>
      installation().operator<Asked>('verifier', '/v1/presentation-requests', {
        dcql_query: { credentials: [QUERIES[configuration]] },
        flow: 'cross-device',
        ...more,
      }),
    resultOf: ({ id }: Asked) =>
      installation().operator<{ state: string; verdict?: string; reason?: string; claims?: object }>(
        'verifier',
        `/v1/presentation-requests/${id}`,
      ),
  };
}
