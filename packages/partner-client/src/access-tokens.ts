import { type CryptoKey, SignJWT } from 'jose';
import { PartnerError } from './partner-error.js';
import type { SendRequest } from './send.js';

/** How a partner proves who it is: with a key of its own (ES256), or with the certificate its `send` shows. */
export type Credentials =
  | { readonly kind: 'private-key'; readonly key: CryptoKey; readonly kid?: string }
  | { readonly kind: 'certificate' };

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_SECONDS = 60;
/** A token is renewed so long before its end, for a call that takes its time. */
const EARLY_MS = 30_000;

/** Tokens of five minutes, each used until shortly before its end; calls at the same time share one. */
export function createAccessTokens(parts: {
  readonly baseUrl: string;
  readonly partnerId: string;
  readonly credentials: Credentials;
  readonly send: SendRequest;
  readonly nowMs: () => number;
}) {
  const { baseUrl, partnerId, credentials, send, nowMs } = parts;
  let held: { token: string; untilMs: number } | undefined;
  let asking: Promise<string> | undefined;

  async function formOf(): Promise<Record<string, string>> {
    const form = { grant_type: 'client_credentials', client_id: partnerId };
    if (credentials.kind === 'certificate') return form;
    const now = Math.floor(nowMs() / 1000);
    const assertion = await new SignJWT({})
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'JWT',
        ...(credentials.kid === undefined ? {} : { kid: credentials.kid }),
      })
      .setIssuer(partnerId)
      .setSubject(partnerId)
      .setAudience(`${baseUrl}/partner`)
      .setJti(globalThis.crypto.randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + ASSERTION_SECONDS)
      .sign(credentials.key);
    return { ...form, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
  }

  async function ask(): Promise<string> {
    const answer = await send(`${baseUrl}/partner/v1/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(await formOf()).toString(),
    });
    const body = (await answer.json().catch(() => ({}))) as {
      access_token?: string;
      expires_in?: number;
      error?: string;
    };
    if (answer.status !== 200 || body.access_token === undefined)
      throw new PartnerError(body.error ?? 'no-token', answer.status);
    held = { token: body.access_token, untilMs: nowMs() + (body.expires_in ?? 0) * 1000 - EARLY_MS };
    return body.access_token;
  }

  return {
    /** @throws PartnerError `invalid_client` */
    async get(): Promise<string> {
      if (held !== undefined && held.untilMs > nowMs()) return held.token;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    /** The service says that it is over. */
    forget(token: string): void {
      if (held?.token === token) held = undefined;
    },
  };
}
