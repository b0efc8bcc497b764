import { ref } from 'vue';
import type { CaseLine, FormValues, Words } from './answers.js';
import { ApiProblem, ask, isUnanswered } from './api.js';
import { drop, keep, kept, keptNames } from './kept.js';

/** A form that was handed in and has not been answered yet: kept until it is, and sent with one key. */
export interface Waiting {
  readonly key: string;
  readonly module: string;
  readonly service: string;
  readonly title: Words;
  readonly form: FormValues;
  readonly at: string;
}
export type Sent =
  | { readonly is: 'sent'; readonly line: CaseLine }
  /** Kept; goes out once there is a network. */
  | { readonly is: 'waiting' }
  /** Another tab of this browser sent it, or it was taken back. */
  | { readonly is: 'gone' }
  | { readonly is: 'sign-in'; readonly module: string }
  | { readonly is: 'refused'; readonly problem: unknown };

/** All that waits here, for the banner. */
export const outbox = ref<readonly Waiting[]>([]);
/** What was sent or refused in the background, for the toast and the banner. */
export const lastSent = ref<{ readonly line: CaseLine } | undefined>();
export const lastRefused = ref<{ readonly waiting: Waiting; readonly problem: unknown } | undefined>();

const nameOf = (number: string, service: string) => `${number}/outbox/${service}`;
export function readOutbox(number: string): void {
  outbox.value = keptNames()
    .filter((name) => name.startsWith(`${number}/outbox/`))
    .flatMap((name) => kept<Waiting>(name) ?? []);
}
export function putIntoOutbox(number: string, waiting: Waiting): void {
  keep(nameOf(number, waiting.service), waiting);
  readOutbox(number);
}
export function takeFromOutbox(number: string, service: string): void {
  drop(nameOf(number, service));
  readOutbox(number);
}

/** Sends one; only one tab at a time, and never what has been sent or taken back meanwhile. */
export function sendWaiting(number: string, waiting: Waiting): Promise<Sent> {
  return alone(async () => {
    if (kept<Waiting>(nameOf(number, waiting.service))?.key !== waiting.key) return { is: 'gone' };
    try {
      const line = await ask<CaseLine>({ module: waiting.module }, '/cases', {
        method: 'POST',
        body: { service: waiting.service, form: waiting.form },
        key: waiting.key,
        background: true,
      });
      takeFromOutbox(number, waiting.service);
      drop(`${number}/draft/${waiting.service}`);
      return { is: 'sent', line };
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return { is: 'sign-in', module: waiting.module };
      const isLater = error instanceof ApiProblem && (error.status >= 500 || error.status === 429);
      if (isUnanswered(error) || isLater) return { is: 'waiting' };
      takeFromOutbox(number, waiting.service);
      return { is: 'refused', problem: error };
    }
  });
}

/** Sends all that waits, one after the other. @returns the module whose session has to be opened first, if any */
export async function sendOutbox(number: string): Promise<string | undefined> {
  for (const waiting of outbox.value) {
    const sent = await sendWaiting(number, waiting);
    if (sent.is === 'sign-in') return sent.module;
    if (sent.is === 'waiting') return undefined;
    if (sent.is === 'sent') lastSent.value = { line: sent.line };
    if (sent.is === 'refused') {
      // The form goes on as a draft, so that it can be mended.
      const former = kept<{ base: number | null }>(`${number}/draft/${waiting.service}`);
      const at = new Date().toISOString();
      keep(`${number}/draft/${waiting.service}`, { form: waiting.form, at, base: former?.base ?? null, isAhead: true });
      lastRefused.value = { waiting, problem: sent.problem };
    }
  }
  readOutbox(number);
  return undefined;
}

function alone<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  // Without locks (before 2022) the key alone holds: the server answers the second time as the first.
  const locks = (navigator as { locks?: LockManager }).locks;
  return locks === undefined ? work() : locks.request('lanyard-campus-outbox', work);
}
