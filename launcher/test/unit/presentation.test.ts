import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CommandRefusal } from '../../src/client/call-service.js';
import { type CommandContext, WrongCall } from '../../src/commands/command.js';
import { presentationRequest, presentationResult } from '../../src/commands/presentation.js';

const folder = mkdtempSync(join(tmpdir(), 'lanyard-query-'));
afterAll(() => rmSync(folder, { recursive: true }));
const query = { credentials: [{ id: 'a', format: 'dc+sd-jwt', meta: { vct_values: ['urn:x'] } }] };
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

function context(answer: unknown, more: Partial<CommandContext>): CommandContext & { calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    positional: [],
    options: {},
    client: {
      call: async (service: string, path: string, options?: { body?: unknown }) => {
        calls.push([service, path, options?.body]);
        return answer;
      },
    },
    ...more,
  } as never;
}

describe('presentation request', () => {
  const answer = {
    id: 'p1',
    authorization_request: 'openid4vp://?x',
    wallet_link: 'https://w/present?x',
    expires_at: 'T',
  };
  it.each([
    ['as the verifier likes', {}, {}],
    ['direct_post', { 'response-mode': 'direct_post' }, { response_mode: 'direct_post' }],
  ])('asks for what the file says [%s]', async (_name, options, body) => {
    const asked = context(answer, { options: { query: file('q.json', JSON.stringify(query)), ...options } });
    const { data, text, failed } = await presentationRequest.run(asked);
    expect(asked.calls).toEqual([
      ['verifier', '/v1/presentation-requests', { dcql_query: query, flow: 'cross-device', ...body }],
    ]);
    expect([data, failed]).toEqual([answer, undefined]);
    expect(text).toContain('openid4vp://?x');
  });
  it.each([
    ['no file', {}],
    ['a file that is not there', { query: join(folder, 'missing') }],
  ])('is a wrong call [%s]', async (_name, options) => {
    const asked = context(answer, { options });
    await expect(presentationRequest.run(asked)).rejects.toThrow(WrongCall);
    expect(asked.calls).toEqual([]);
  });
  it('is refused with a code when the file is not JSON', async () => {
    const asked = context(answer, { options: { query: file('bad.json', '{') } });
    const error: unknown = await presentationRequest.run(asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandRefusal);
    expect((error as CommandRefusal).code).toBe('query-malformed');
  });
});

describe('presentation result', () => {
  it.each([
    ['waiting', { state: 'fetched' }, false, 'fetched'],
    [
      'accepted',
      { state: 'answered', verdict: 'accepted', claims: { level: 'bachelor', rail: { from: 'A' } } },
      false,
      'level  bachelor',
    ],
    [
      'rejected',
      { state: 'answered', verdict: 'rejected', reason: 'suspended' },
      true,
      'answered: rejected (suspended)',
    ],
    ['cannot decide', { state: 'answered', verdict: 'cannot-decide', reason: null }, true, 'answered: cannot-decide'],
    ['expired', { state: 'expired' }, true, 'expired'],
  ])(
    'tells state, verdict and claims, and fails only on what was decided against [%s]',
    async (_name, answer, failed, text) => {
      const asked = context(answer, { positional: ['p/1'] });
      const told = await presentationResult.run(asked);
      expect(asked.calls).toEqual([['verifier', '/v1/presentation-requests/p%2F1', undefined]]);
      expect([told.failed, told.data]).toEqual([failed, answer]);
      expect(told.text).toContain(text);
    },
  );
  it('needs an id', async () => {
    await expect(presentationResult.run(context({}, {}))).rejects.toThrow(WrongCall);
  });
});
