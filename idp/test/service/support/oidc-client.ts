import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Browser } from './browser.js';

export interface AuthorizationOptions {
  idp: string;
  clientId: string;
  redirectUri: string;
  parameters?: Record<string, string>;
}

/** A client by hand, for tests that have to send what a library would not. */
export function beginAuthorization(options: AuthorizationOptions) {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('hex');
  const nonce = randomBytes(8).toString('hex');
  const query = new URLSearchParams({
    client_id: options.clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: options.redirectUri,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...options.parameters,
  });
  return { address: `${options.idp}/auth?${query}`, verifier, state, nonce };
}

/** Goes through the sign-in with the tests' door; answers the redirect to the client. */
export async function signInThrough(
  browser: Browser,
  idp: string,
  start: string | Answer,
  person: { account: string; level?: string },
): Promise<Answer> {
  const first = typeof start === 'string' ? await browser.get(start) : start;
  const uid = interactionOf(first);
  if (uid === undefined) return first;
  const query = new URLSearchParams({ account: person.account, ...(person.level ? { level: person.level } : {}) });
  return browser.follow(await browser.get(`${idp}/sign-in/${uid}/door?${query}`), idp);
}

/** The interaction an answer leads to. */
export const interactionOf = (answer: Answer): string | undefined =>
  /\/sign-in\/([^/?]+)$/.exec(answer.location ?? '')?.[1];

export async function redeem(
  idp: string,
  client: { id: string; secret: string },
  body: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${idp}/token`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`,
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: new URLSearchParams(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const codeOf = (answer: Answer): string => new URL(answer.location ?? 'x:').searchParams.get('code') ?? '';
