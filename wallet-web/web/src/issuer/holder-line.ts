import type { IssuerLine } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { ask, readJson, ServiceRefusal } from './refusal.js';
import { requestTokens } from './request-tokens.js';
import { signDpopProof } from './sign-proof.js';

/** Calls with the holder's access token. */
export type CallIssuer = <T>(
  url: string,
  options?: { body?: unknown; signal?: AbortSignal; timeoutMs?: number },
) => Promise<T>;

/** A call over a line as it is, without refreshing. */
export function callOver(line: () => Promise<IssuerLine>, clock: Clock): CallIssuer {
  return async <T>(
    url: string,
    options: { body?: unknown; signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<T> => {
    const { accessToken, dpopKey, dpopJwk } = await line();
    const method = options.body === undefined ? 'GET' : 'POST';
    const key = { privateKey: dpopKey, jwk: dpopJwk };
    const proof = await signDpopProof(key, { method, url, accessToken }, clock.nowSeconds());
    const headers = { Authorization: `DPoP ${accessToken}`, DPoP: proof };
    const answer = await ask(
      url,
      {
        method,
        headers: options.body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      options.timeoutMs,
    );
    return readJson<T>(answer);
  };
}

/**
 * The stored line with a living access token. One tab at a time refreshes (two would end the line), and the new
 * refresh token is stored before anybody uses it; a lost answer is asked for again with the same token.
 * @throws ServiceRefusal `line-ended`, `no-line`, or the issuer's
 */
export function createHolderLine(db: WalletDb, clock: Clock): CallIssuer {
  const current = () =>
    navigator.locks.request('lanyard-issuer-line', async (): Promise<IssuerLine> => {
      const { line } = await db.read('line');
      if (line === undefined) throw new ServiceRefusal(0, 'no-line');
      if (line.ended) throw new ServiceRefusal(0, 'line-ended');
      if (clock.nowMs() < line.accessUntilMs) return line;
      return refresh(db, line, clock);
    });
  return callOver(current, clock);
}

async function refresh(db: WalletDb, line: IssuerLine, clock: Clock): Promise<IssuerLine> {
  if (line.refreshToken === undefined) throw new ServiceRefusal(0, 'line-ended');
  const fields = { grant_type: 'refresh_token', refresh_token: line.refreshToken };
  try {
    const next = await requestTokens(
      line.endpoints,
      { privateKey: line.dpopKey, jwk: line.dpopJwk },
      fields,
      clock.nowSeconds(),
    );
    await db.keep('line', next);
    return next;
  } catch (error) {
    if (!(error instanceof ServiceRefusal) || error.code !== 'invalid_grant') throw error;
    await db.keep('line', { ...line, ended: true });
    throw new ServiceRefusal(error.status, 'line-ended');
  }
}
