import { type Clock, type GuardedFetch, GuardedFetchError } from '@lanyard/platform';
import type { DeliverMessage } from '../domain/notices/deliver.js';
import { webhookHeaders } from '../domain/notices/webhook-signature.js';
import { type PersonId, parsePersonId } from '../domain/people/person.js';
import type { MessengerStore } from '../storage/messenger-store.js';

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 4_096;

/** Tells the registered receiver of the university's messenger (docs/formats.md, "Messenger message"). */
export function createMessengerChannel(parts: {
  messenger: Pick<MessengerStore, 'find' | 'nameAt'>;
  guardedFetch: GuardedFetch;
  clock: Clock;
}): DeliverMessage<'messenger'> {
  const { messenger, clock } = parts;
  return async (to, message) => {
    const receiver = await messenger.find();
    if (receiver === undefined) return { is: 'failed', code: 'messenger-not-found', everybody: true };
    const { id, title, text, url, atMs } = message;
    const person = messenger.nameAt(receiver, parsePersonId(to.person) as PersonId);
    const body = JSON.stringify({ id, at: new Date(atMs).toISOString(), person, title, text, url });
    try {
      const { status } = await parts.guardedFetch(receiver.url, {
        ...{ method: 'POST', body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES },
        headers: {
          'Content-Type': 'application/json',
          ...webhookHeaders(receiver.secret, { id, nowSeconds: clock.nowSeconds(), body }),
        },
      });
      return status >= 200 && status < 300
        ? { is: 'sent' }
        : { is: 'failed', code: `messenger-${status}`, everybody: true };
    } catch (error) {
      if (error instanceof GuardedFetchError) return { is: 'failed', code: error.code, everybody: true };
      throw error;
    }
  };
}
