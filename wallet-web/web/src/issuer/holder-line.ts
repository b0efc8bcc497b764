import type { IssuerLine } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { askProved } from './ask-proved.js';
import { readJson, ServiceRefusal } from './refusal.js';
import { requestTokens } from './request-tokens.js';

export interface CallOptions {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  bytes?: Blob;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** Calls with the holder's access token. */
export type CallIssuer = <T>(url: string, options?: CallOptions) => Promise<T>;

/** A call over a line as it is, without refreshing. */
export function callOver(line: () => Promise<IssuerLine>, clock: Clock): CallIssuer {
  return async <T>(url: string, options: CallOptions = {}): Promise<T> => {
    const { accessToken, bearer, dpopKey, dpopJwk } = await line();
    const sent = options.bytes ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const type = options.bytes === undefined ? 'application/json' : 'application/octet-stream';
    const method = sent === undefined ? 'GET' : 'POST';
    const proved = { key: { privateKey: dpopKey, jwk: dpopJwk }, accessToken, nowSeconds: clock.nowSeconds() };
    const headers = {
      Authorization: `${bearer === true ? 'Bearer' : 'DPoP'} ${accessToken}`,
      ...(sent === undefined ? {} : { 'Content-Type': type }),
    };
    const init = {
      method,
      headers,
      ...(sent === undefined ? {} : { body: sent }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    const answer = await askProved(url, init, proved, options.timeoutMs);
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
  try {
    const next = await refreshed(line, clock);
    await db.write(async (transaction) => {
      const kept = transaction.objectStore('kept');
      // Deleted meanwhile: a line that came late must not bring the card back.
      if ((await kept.get('line')) !== undefined) await kept.put(next, 'line');
    });
    return next;
  } catch (error) {
    if (!(error instanceof ServiceRefusal) || error.code !== 'invalid_grant') throw error;
    await db.keep('line', { ...line, ended: true });
    throw new ServiceRefusal(error.status, 'line-ended');
  }
}

/** The line with new tokens; whoever calls this keeps them before they are used. @throws ServiceRefusal, NoAnswer */
export async function refreshed(line: IssuerLine, clock: Clock): Promise<IssuerLine> {
  if (line.refreshToken === undefined) throw new ServiceRefusal(0, 'line-ended');
  const fields = { grant_type: 'refresh_token', refresh_token: line.refreshToken };
  const key = { privateKey: line.dpopKey, jwk: line.dpopJwk };
  const next = await requestTokens(line.endpoints, key, fields, clock.nowSeconds());
  return { ...next, identifiers: next.identifiers ?? line.identifiers };
}
