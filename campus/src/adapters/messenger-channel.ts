import type { Clock, GuardedFetch } from '@lanyard/platform';
import type { DeliverMessage } from '../domain/notices/deliver.js';
import { webhookHeaders } from '../domain/notices/webhook-signature.js';
import { type PersonId, parsePersonId } from '../domain/people/person.js';
import type { MessengerStore } from '../storage/messenger-store.js';
import { isTaken, postOutside } from './post-outside.js';

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
    const posted = await postOutside(parts.guardedFetch, receiver.url, {
      headers: {
        'Content-Type': 'application/json',
        ...webhookHeaders(receiver.secret, { id, nowSeconds: clock.nowSeconds(), body }),
      },
      body,
    });
    if ('trouble' in posted) return { is: 'failed', code: posted.trouble, everybody: true };
    const { status } = posted;
    return isTaken(status) ? { is: 'sent' } : { is: 'failed', code: `messenger-${status}`, everybody: true };
  };
}
