import { type Authenticate, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { isOpenAt } from '../domain/windows/opening-hours.js';
import { type ServiceWindow, worksAt } from '../domain/windows/service-window.js';
import { minutesToWait, ticketText } from '../domain/windows/wait-estimate.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { Ticket, WindowQueueStore } from '../storage/window-queue-store.js';
import type { WindowStore } from '../storage/window-store.js';
import { actingPerson } from './acting-person.js';
import { zVisitId, zWindowId } from './window-bodies.js';

const staff = ['service:admin'] as const;
const student = ['service:campus-web'] as const;
const headers = { 'Cache-Control': 'no-store' };
const zNothing = z.strictObject({});

/** Numbers before a window: taken by students and at kiosks, called by clerks, shown in the hall without a name. */
export function createWindowQueueRoutes(deps: {
  authenticate: Authenticate;
  delegations: DelegationStore;
  windows: WindowStore;
  queue: WindowQueueStore;
  clock: Clock;
}) {
  const { windows, queue, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  const isOpen = ({ hours }: ServiceWindow) => isOpenAt(hours, clock.nowMs());

  /** @throws Refusal `window-closed` */
  async function openWindow(id: string): Promise<ServiceWindow> {
    const window = await windows.find(id);
    if (!isOpen(window)) throw new Refusal('window-closed');
    return window;
  }
  async function queueAnswer(window: string, called: Ticket | null) {
    const [next, lines] = [await queue.next(window), await queue.lines()];
    return {
      called: called === null ? null : { ...lineOf(called), absences: called.absences },
      ...{ next: next.map(ticketText), waiting: lines.get(window)?.waiting ?? 0 },
    };
  }

  route(
    {
      ...{ method: 'get', path: '/v1/windows', callers: ['open', ...student] },
      summary:
        'Windows with how many wait and an estimate where there is an honest one; with a session, one’s own tickets',
    },
    async ({ caller, context }) => {
      const own =
        caller.kind === 'service'
          ? await queue.ofPerson((await actingPerson(caller, context, deps.delegations)).person)
          : [];
      const lines = await queue.lines();
      const listed = (await windows.all()).map((window) => {
        const { id, title, place, hours, kiosk } = window;
        const { waiting, clerks, servedMs } = lines.get(id) ?? { waiting: 0, clerks: 0, servedMs: [] };
        const ticket = own.find((one) => one.window === id);
        return {
          ...{ id, title, place, hours, kiosk, is_open: isOpen(window), waiting },
          minutes: minutesToWait(waiting, clerks, servedMs),
          ticket:
            ticket === undefined
              ? null
              : {
                  ...{ ...lineOf(ticket), before: ticket.before },
                  minutes: minutesToWait(ticket.before, clerks, servedMs),
                },
        };
      });
      return { body: { windows: listed }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/windows/:id/tickets', callers: student, params: zWindowId, body: zNothing },
      summary: 'Takes a number; one for each student and window',
    },
    async ({ params, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      const window = await openWindow(params.id);
      return { status: 201, body: lineOf(await queue.takeFor(window.id, person)), headers };
    },
  );
  route(
    {
      ...{
        method: 'post',
        path: '/v1/windows/:id/kiosk-tickets',
        callers: ['open'],
        params: zWindowId,
        body: zNothing,
      },
      summary: 'A number without a name, where the window has a kiosk; one in three seconds, thirty waiting',
    },
    async ({ params }) => {
      const window = await openWindow(params.id);
      if (!window.kiosk) throw new Refusal('window-without-kiosk');
      const { number } = await queue.takeAtKiosk(window.id);
      return { status: 201, body: { number: ticketText(number) }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-tickets/:id/give-back', callers: student },
      ...{ params: zVisitId, body: zNothing },
      summary: 'Gives a number back before it is called',
    },
    async ({ params, caller, context }) => {
      const { person } = await actingPerson(caller, context, deps.delegations);
      await queue.giveBack(params.id, person);
      return { headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/windows/:id/screen', callers: ['open'], params: zWindowId },
      summary: 'The numbers called and the next ones, for the screen in the hall; no names',
    },
    async ({ params }) => {
      const { id, title, place } = await windows.find(params.id);
      const [called, next] = [await queue.called(id), await queue.next(id)];
      return { body: { title, place, called: called.map(ticketText), next: next.map(ticketText) }, headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/windows/:id/queue', callers: staff, params: zWindowId },
      summary: 'Whom this clerk has called, and who comes next',
    },
    async ({ params, caller, context }) => {
      const clerk = await actingPerson(caller, context, deps.delegations);
      const window = await windows.find(params.id);
      if (!worksAt(window, clerk)) throw new Refusal('window-not-found');
      return { body: await queueAnswer(window.id, await queue.calledBy(window.id, clerk.person)), headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/windows/:id/calls', callers: staff, params: zWindowId, body: zNothing },
      summary: 'Calls the next number; whom this clerk had called before is done',
    },
    async ({ params, caller, context }) => {
      const clerk = await actingPerson(caller, context, deps.delegations);
      const window = await windows.find(params.id);
      if (!worksAt(window, clerk)) throw new Refusal('window-not-found');
      return { body: await queueAnswer(window.id, await queue.callNext(window.id, clerk.person)), headers };
    },
  );
  for (const verb of ['recall', 'absent', 'finish'] as const)
    route(
      {
        ...{ method: 'post', path: `/v1/window-tickets/:id/${verb}`, callers: staff, params: zVisitId, body: zNothing },
        summary: SUMMARIES[verb],
      },
      async ({ params, caller, context }) => {
        const clerk = await actingPerson(caller, context, deps.delegations);
        if (!worksAt(await windows.find(await queue.windowOf(params.id)), clerk)) throw new Refusal('ticket-not-found');
        return { body: lineOf(await queue.act(params.id, clerk.person, verb)), headers };
      },
    );
  return router;
}

const SUMMARIES = {
  recall: 'Calls the same number once more',
  absent: 'Nobody came: behind three others the first time, over the second',
  finish: 'Done',
} as const;

const lineOf = ({ id, number, state }: Ticket) => ({ id, number: ticketText(number), state });
