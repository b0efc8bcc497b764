import { createHmac } from 'node:crypto';

const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;

/** A secret as Standard Webhooks writes it, 24 to 64 bytes; undefined for what is none. */
export function parseWebhookSecret(text: string): Buffer | undefined {
  const encoded = SECRET.exec(text)?.[1];
  const bytes = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  return bytes !== undefined && bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

/** Headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`. The id is the same at every attempt. */
export function webhookHeaders(
  secret: Uint8Array,
  call: { readonly id: string; readonly nowSeconds: number; readonly body: string },
): Record<string, string> {
  const mac = createHmac('sha256', secret).update(`${call.id}.${call.nowSeconds}.${call.body}`).digest('base64');
  return {
    'webhook-id': call.id,
    'webhook-timestamp': String(call.nowSeconds),
    'webhook-signature': `v1,${mac}`,
  };
}
