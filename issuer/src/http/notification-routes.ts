import type Router from '@koa/router';
import { parseJsonBody, readBody } from '@lanyard/platform';
import { z } from 'zod';
import { NOTIFICATION_EVENTS, type NotificationStore } from '../storage/credentials/notification-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { OAuthRefusal } from './oauth-refusal.js';

const MAX_REQUEST_BYTES = 16_384;
const zNotification = z.object({
  notification_id: z.string().min(1).max(200),
  event: z.enum(NOTIFICATION_EVENTS),
  /** Printable ASCII without quotation mark and backslash; read by nobody here and kept nowhere. */
  event_description: z
    .string()
    .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
    .optional(),
});

/** Notification endpoint (OpenID4VCI 1.0 §11): for the wallet that got the batch, with any of its access tokens. */
export function addNotificationRoutes(
  router: Router,
  deps: HolderTokenDeps & { notifications: NotificationStore },
): void {
  router.post('/notification', async (context) => {
    context.set('Cache-Control', 'no-store');
    const holder = await requireHolder(context, deps);
    if (!context.is('application/json'))
      throw new OAuthRefusal('invalid_notification_request', 'Takes application/json.', { status: 415 });
    const request = zNotification.safeParse(parseJsonBody(await readBody(context.req, MAX_REQUEST_BYTES)));
    if (!request.success) throw new OAuthRefusal('invalid_notification_request', 'This is not a notification request.');
    const { notification_id: id, event } = request.data;
    const noted = await deps.notifications.note(holder.walletId, id, event);
    if (noted === 'unknown')
      throw new OAuthRefusal('invalid_notification_id', 'This wallet has no such notification_id.');
    if (noted === 'contradiction')
      throw new OAuthRefusal('invalid_notification_request', 'Another event was told before, and it was final.');
    context.status = 204;
  });
}
