import { describe, expect, it } from 'vitest';
import { type DeferredBatches, IssuanceDeferred } from '../../web/src/issuer/deferred.js';
import { type ObtainDeps, requestBatch } from '../../web/src/issuer/obtain.js';
import { ServiceRefusal } from '../../web/src/issuer/refusal.js';
import type { DeferredBatch } from '../../web/src/storage/kept.js';

const ISSUER = 'https://museum.example';
const ID = 'pass-sd-jwt';
const LATER = { transaction_id: 'of-this-wallet', interval: 30 };
const DELIVERED = { credentials: [{ credential: 'first' }, { credential: 'second' }], notification_id: 'n1' };

/** An issuer that answers in order, and what a wallet keeps meanwhile. */
function between(...answers: (object | Error)[]) {
  const asked: { url: string; body: Record<string, unknown> }[] = [];
  const kept = new Map<string, DeferredBatch>();
  const deferred: DeferredBatches = {
    find: async (configuration) => kept.get(configuration),
    keep: async (batch) => void kept.set(batch.configuration, { ...batch, issuer: ISSUER }),
    drop: async (configuration) => void kept.delete(configuration),
  };
  const call = async (url: string, { body }: { body?: unknown } = {}) => {
    asked.push({ url, body: body as Record<string, unknown> });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  const endpoints = {
    ...{ issuer: ISSUER, name: 'Museum', token: '', nonce: undefined },
    ...{ credential: `${ISSUER}/credential`, deferred: `${ISSUER}/deferred` },
  };
  const clock = { nowMs: () => 0, nowSeconds: () => 0 };
  const deps = { call, endpoints, clock, deferred } as unknown as ObtainDeps;
  return { deps, asked, kept, request: () => requestBatch(deps, ID, 2) };
}
const refusedAs = (code: string) => new ServiceRefusal(400, code);
const failure = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: Error) => error);

describe('a batch that the issuer defers (OpenID4VCI 1.0 §9)', () => {
  it('is kept with its keys and fetched by its transaction, not asked for anew', async () => {
    const { request, asked, kept } = between(LATER, LATER, DELIVERED);
    expect(await failure(request())).toMatchObject({ code: 'issuance-deferred', seconds: 30 });
    const keys = kept.get(ID)?.keys;
    expect(keys).toHaveLength(2);
    expect(await failure(request())).toBeInstanceOf(IssuanceDeferred);
    const batch = await request();
    expect(batch.credentials.map(({ credential }) => credential)).toEqual(['first', 'second']);
    expect(batch.credentials.map(({ key }) => key)).toEqual(keys);
    expect(batch.notificationId).toBe('n1');
    expect(asked.map(({ url }) => url.slice(ISSUER.length))).toEqual(['/credential', '/deferred', '/deferred']);
    expect(asked[1]?.body).toEqual({ transaction_id: 'of-this-wallet' });
  });

  it('is delivered once, and so kept: a claim that is interrupted after it asks nobody', async () => {
    const { request, asked } = between(LATER, DELIVERED);
    await failure(request());
    const first = await request();
    expect(await request()).toEqual(first);
    expect(asked).toHaveLength(2);
  });

  it('is asked for anew where the issuer knows nothing of it any more [invalid_transaction_id]', async () => {
    const { request, asked } = between(LATER, refusedAs('invalid_transaction_id'), DELIVERED);
    await failure(request());
    expect((await request()).credentials).toHaveLength(2);
    expect(asked.map(({ url }) => url.slice(ISSUER.length))).toEqual(['/credential', '/deferred', '/credential']);
  });

  it('is forgotten where it is denied, and kept where nobody answered [credential_request_denied] [503]', async () => {
    const denied = between(LATER, refusedAs('credential_request_denied'));
    await failure(denied.request());
    expect(await failure(denied.request())).toMatchObject({ code: 'credential_request_denied' });
    expect(denied.kept.size).toBe(0);
    const away = between(LATER, new ServiceRefusal(503, 'unknown'));
    await failure(away.request());
    expect(await failure(away.request())).toMatchObject({ status: 503 });
    expect(away.kept.size).toBe(1);
  });

  it('is refused with more copies than keys, or with none', async () => {
    const three = { credentials: [...DELIVERED.credentials, { credential: 'third' }] };
    for (const wrong of [three, { credentials: [] }, {}]) {
      const { request } = between(LATER, wrong);
      await failure(request());
      expect(await failure(request())).toMatchObject({ message: 'count' });
    }
  });
});

it.each([
  [30, 30],
  [0, 5],
  [-1, 5],
  [1e9, 3_600],
  [undefined, 60],
  ['30', 60],
  [Number.NaN, 60],
])('waits as long as the issuer says, within reason [%s: %d s]', (interval, seconds) => {
  expect(new IssuanceDeferred(interval).seconds).toBe(seconds);
});
