import { systemClock } from '@lanyard/platform';
import { createStaffStore } from '../../../src/storage/staff-store.js';
import type { TestVerifier } from './start-verifier.js';

/** A session of the staff page with these roles; what is asked under it. */
export async function signedIn(verifier: TestVerifier, ...roles: string[]) {
  const staff = createStaffStore(verifier.database.run, systemClock);
  const sid = `sid-${Math.random()}`;
  const account = { subject: `subject-${sid}`, sid, idToken: 'none', name: '测试', roles };
  const session = await staff.openAccountSession(account);
  const secret = session?.secret ?? '';
  const headers = { Cookie: `lanyard_verifier_session=${secret}`, Origin: verifier.url };
  const read = async (answer: Response) => ({
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown> & { code?: string; person?: Record<string, unknown> },
  });
  return {
    secret,
    post: async (path: string, body: object = {}) => read(await verifier.call(path, { body, headers })),
    get: async (path: string) => read(await verifier.call(path, { headers: { Cookie: headers.Cookie } })),
  };
}
export type SignedIn = Awaited<ReturnType<typeof signedIn>>;
