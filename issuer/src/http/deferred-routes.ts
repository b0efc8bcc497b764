import type Router from '@koa/router';
import type { MessageEncryption } from '../adapters/message-encryption.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { readIssuanceMessage, writeIssuanceMessage } from './issuance-message.js';
import { deliverCredentials, type IssueDeps } from './issue-credentials.js';
import { OAuthRefusal } from './oauth-refusal.js';

/** Deferred credential endpoint (OpenID4VCI 1.0 §9). The answer is encrypted as this request asks, not as the first did. */
export function addDeferredRoutes(
  router: Router,
  deps: HolderTokenDeps & IssueDeps & { encryption: MessageEncryption },
): void {
  router.post('/deferred-credential', async (context) => {
    context.set('Cache-Control', 'no-store');
    const holder = await requireHolder(context, deps);
    const { body, answerTo } = await readIssuanceMessage(context, deps.encryption);
    const { transaction_id: transactionId } = body;
    if (typeof transactionId !== 'string' || transactionId === '')
      throw new OAuthRefusal('invalid_credential_request', 'transaction_id is missing.');
    const { status, message } = await deliverCredentials(deps, { holder, transactionId });
    await writeIssuanceMessage(context, status, message, answerTo);
  });
}
