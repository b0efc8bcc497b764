import type { OperatorClient } from '../client/call-service.js';

/** A railway without a key: it asks nothing by itself until somebody makes it a certificate. */
const RAILWAY = {
  name_zh: '铁路示例',
  name_en: 'Sample railway',
  keys: [],
  mutual_tls: true,
  purposes: ['rail-discount'],
  claims: ['interval'],
  sandbox: false,
};

/** A ticket counter of the demo's railway (decision 0041): nobody's page opens there, and no face is on the glass. */
const COUNTER = {
  name_zh: '火车票优惠柜台',
  name_en: 'Rail ticket counter',
  policy: {
    admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: false },
    requires_semester_registration: false,
    hours: 'always',
    utc_offset_minutes: 480,
    requires_challenge: false,
    grace: 'accept-marked',
    show_portrait: false,
    zone: 'rail-counter',
  },
  counter: { partner: 'railway', entitlement: 'rail-student-discount' },
};

/** Puts the railway and its counter into the verifier. */
export async function makeDemoCounter(client: OperatorClient): Promise<void> {
  await client.call('verifier', '/v1/partners/railway', { method: 'PUT', body: RAILWAY });
  await client.call('verifier', '/v1/checkpoints/rail-counter', { method: 'PUT', body: COUNTER });
}
