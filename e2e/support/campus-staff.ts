import { createServiceClient, systemClock } from '@lanyard/platform';
import type { Installation } from './installation.js';
import { serviceKey } from './service-key.js';

/** Roles of one member of staff, as the identity layer prints them: `registrar@university`. */
export function campusStaff(installation: Installation) {
  // By the console's own key: what is looked at is the case, not the sign-in.
  const campus = createServiceClient({
    ...{ baseUrl: installation.run.services.campus, audience: 'campus', caller: 'admin', clock: systemClock },
    sign: serviceKey(installation, 'admin'),
  });
  return (number: string, ...roles: string[]) =>
    <T>(path: string, body?: object): Promise<T> =>
      campus.json<T>(path, {
        ...{ method: body === undefined ? 'GET' : 'POST', actor: `account:${number}`, body },
        headers: { 'Lanyard-Roles': roles.map(encodeURIComponent).join(',') },
      });
}
