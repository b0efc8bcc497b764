import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { TestIssuer } from './start-issuer.js';

const two = (zh: string, en = zh) => ({ zh, en });
/** Ends with the status it states. */
export const CERTIFICATE = {
  ...{ document: 'enrolment-certificate', title: two('在读证明', 'Certificate of enrolment'), valid_days: 180 },
  register_facts: ['name', 'student_number', 'college', 'enrolment_status'],
  case_facts: [{ title: two('用途', 'Purpose'), value: two('签证', 'Visa') }],
};
/** States no status. */
export const HOURS = {
  ...{ document: 'volunteer-hours', title: two('志愿服务时长证明', 'Certificate of volunteer hours') },
  ...{ register_facts: ['name', 'student_number'], valid_days: 3 },
  case_facts: [{ title: two('总时长', 'Hours'), value: two('12 小时', '12 hours') }],
};

/** Campus as far as it has the issuer issue documents, of cases counted after `from`; answers their numbers. */
export function openDocumentDesk(
  issuer: TestIssuer,
  from = 0,
): (number: string, asked: object) => Promise<{ number: string }> {
  const key = generateKeyPair();
  writeFileSync(join(issuer.callersFolder, 'campus.jwk.json'), JSON.stringify(key.jwk));
  const campus = createServiceClient({
    ...{ baseUrl: issuer.url, audience: 'issuer', caller: 'campus', clock: systemClock },
    sign: createSigner(key.privateKey),
  });
  let steps = from;
  return (number, asked) => {
    steps += 1;
    const made = { case: `${'A'.repeat(16)}${String(steps).padStart(6, '0')}`, step: 'document' };
    return campus.json<{ number: string }>('/v1/case-acts', {
      method: 'POST',
      headers: { 'Idempotency-Key': `${made.case}/${made.step}` },
      body: {
        ...{ ...made, service: { id: 'enrolment-certificate', version: 1 }, student_number: number },
        ...{ decided_by: [], asked: { act: 'issue-document', ...asked } },
      },
    });
  };
}
