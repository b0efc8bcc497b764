import type { GuardedFetch, SealedStore } from '@lanyard/platform';
import webPush from 'web-push';
import type { DeliverMessage } from '../domain/notices/deliver.js';
import type { LeavingMessage } from '../domain/notices/leaving-message.js';
import { isTaken, postOutside } from './post-outside.js';

/** A push service keeps it that long for a browser that is off. */
const TTL_SECONDS = 24 * 3_600;
const MAX_PAYLOAD_BYTES = 2_048;
const FILE = 'vapid.json';

export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** The key pair by which push services know this installation (RFC 8292); made once. */
export function openVapidKeys(store: SealedStore): VapidKeys {
  const kept = store.read(FILE);
  if (kept !== undefined) return JSON.parse(kept.toString('utf8')) as VapidKeys;
  const keys = webPush.generateVAPIDKeys();
  store.write(FILE, Buffer.from(JSON.stringify(keys)));
  return keys;
}

/** What a notification shows; texts are cut rather than refused. */
export function pushPayload({ id, title, text, url }: LeavingMessage): string {
  const path = new URL(url).pathname;
  const payload = (letters: number) =>
    JSON.stringify({
      id,
      title: [...title].slice(0, 80).join(''),
      text: [...text].slice(0, letters).join(''),
      url: path,
    });
  const whole = payload(300);
  return Buffer.byteLength(whole) <= MAX_PAYLOAD_BYTES ? whole : payload(80);
}

/**
 * Web push (RFC 8030), sealed for the browser (RFC 8291). The endpoint came from a browser: it is called as any address
 * from outside is.
 */
export function createPushChannel(parts: {
  keys: VapidKeys;
  /** `mailto:` or `https:`, for who runs the push service. */
  subject: string;
  guardedFetch: GuardedFetch;
}): DeliverMessage<'push'> {
  return async ({ endpoint, p256dh, auth }, message) => {
    const subscription = { endpoint, keys: { p256dh, auth } };
    const details = webPush.generateRequestDetails(subscription, pushPayload(message), {
      vapidDetails: { subject: parts.subject, ...parts.keys },
      TTL: TTL_SECONDS,
      urgency: message.isUrgent ? 'high' : 'normal',
      topic: message.id,
    });
    const headers = Object.entries(details.headers).filter(([name]) => name !== 'Content-Length');
    const posted = await postOutside(parts.guardedFetch, endpoint, {
      headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
      body: details.body ?? '',
    });
    if ('trouble' in posted) return { is: 'failed', code: posted.trouble };
    const { status } = posted;
    if (isTaken(status)) return { is: 'sent' };
    return { is: status === 404 || status === 410 ? 'address-gone' : 'failed', code: `push-${status}` };
  };
}
