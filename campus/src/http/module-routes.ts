import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { campusModules, MODULE_CLIENTS } from '../api/index.js';
import type { ModulePlaceStore } from '../storage/module-place-store.js';
import type { ModuleSessionStore } from '../storage/module-session-store.js';
import { cookieName, moduleSessionOf } from './module-door.js';
import { isSecure, type ModuleSignIns, setSessionCookie } from './module-sign-in.js';

const zModule = z.object({ module: z.enum(campusModules) });
const zPlace = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, abort: true })
    .max(500)
    .refine((url) => !new URL(url).username && !new URL(url).hash, 'no user name and no fragment')
    .nullable(),
});

/** Who is signed in at a part, signing out, and which modules another system runs. */
export function createModuleRoutes(deps: {
  authenticate: Authenticate;
  sessions: ModuleSessionStore;
  places: ModulePlaceStore;
  signIns: ModuleSignIns;
  campusUrl: string;
  universityName: string;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  const modules = async () => {
    const elsewhere = await deps.places.all();
    return campusModules.map((id) => {
      const title = MODULE_CLIENTS.find((client) => client.id === id)?.title;
      return { id, title, elsewhere: elsewhere[id] };
    });
  };
  route(
    { method: 'get', path: '/v1/session', callers: ['service:campus-web'], summary: 'Who is signed in here' },
    async ({ context }) => {
      const session = moduleSessionOf(context);
      if (session === undefined) throw new Refusal('not-authenticated');
      const student_number = session.person.slice('student:'.length);
      return {
        body: { name: session.name, student_number, university: deps.universityName, modules: await modules() },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/session/end',
      callers: ['service:campus-web'],
      summary: 'Ends this session; the address it answers signs out everywhere',
    },
    async ({ context }) => {
      const session = moduleSessionOf(context);
      const part = MODULE_CLIENTS.find(({ id }) => id === session?.part);
      if (session === undefined || part === undefined) throw new Refusal('not-authenticated');
      const secret = context.cookies.get(cookieName(part, 'session'));
      if (secret !== undefined) await deps.sessions.end(secret);
      setSessionCookie(context, part, null, isSecure(deps.campusUrl));
      // While the identity layer is away one is signed out here all the same.
      const everywhere = await deps.signIns
        .get(part.id)
        ?.logoutLink(session.idToken)
        .catch(() => undefined);
      return { body: { location: everywhere ?? `${deps.campusUrl}/` } };
    },
  );
  route(
    { method: 'get', path: '/v1/modules', callers: ['operator'], summary: 'The five modules and who runs them' },
    async () => ({ body: { modules: await modules() } }),
  );
  route(
    {
      method: 'put',
      path: '/v1/modules/:module',
      callers: ['operator'],
      params: zModule,
      body: zPlace,
      summary: 'Says that another system runs a module, or with null that this one does',
    },
    async ({ params, body, caller }) => {
      await deps.places.set(params.module, body.url, actorOf(caller));
      return { body: { module: params.module, elsewhere: body.url } };
    },
  );
  return router;
}
