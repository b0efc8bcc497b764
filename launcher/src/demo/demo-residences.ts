import { createServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import type { OperatorClient } from '../client/call-service.js';
import type { Installation } from '../installation/read-installation.js';
import { demoBuilding, demoNumber, demoSeats } from './demo-roster.js';

const SOURCE = '/v1/sources/dormitory';
/** Class by which the door of dormitory 7 knows its residents. */
const RESIDENTS_OF_7 = { building: '7 号宿舍楼', policy_class: 7 };

/** Plays the dormitory system once: says where the demo's students live, by a key that ends afterwards. */
export async function makeDemoResidences(installation: Installation, client: OperatorClient): Promise<number> {
  await client.call('issuer', '/v1/building-classes', { method: 'PUT', body: RESIDENTS_OF_7 });
  const { jwk, privateKey } = generateKeyPair();
  const { kty, crv, x, y } = jwk;
  await client.call('issuer', SOURCE, { method: 'PUT', body: { jwk: { kty, crv, x, y } } });
  const dormitory = createServiceClient({
    ...{ baseUrl: `http://localhost:${installation.port('issuer')}`, audience: 'issuer', caller: 'source:dormitory' },
    ...{ sign: createSigner(privateKey), clock: systemClock },
  });
  const facts = demoSeats().map((seat) => ({ student_number: demoNumber(seat), building: demoBuilding(seat) }));
  await dormitory.json('/v1/residences', { method: 'POST', body: { after: null, watermark: 'demo', facts } });
  await client.call('issuer', `${SOURCE}/withdraw`, { method: 'POST' });
  return facts.length;
}
