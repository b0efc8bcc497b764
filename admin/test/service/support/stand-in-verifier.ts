import { createServer, type IncomingMessage, type Server } from 'node:http';

export interface StandInVerifier {
  url: string;
  /** Method, path and headers of what arrived. */
  calls: { method: string; path: string; authorization: string; actor: string }[];
  close(): Promise<void>;
}

const AT = '2026-11-23T06:05:00.000Z';

/** Answers in the shape of docs/services.md; the verifier itself has tests of its own. */
export async function startStandInVerifier(port: number): Promise<StandInVerifier> {
  const calls: StandInVerifier['calls'] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    calls.push({
      method: request.method ?? '',
      path: url.pathname,
      authorization: String(request.headers.authorization ?? ''),
      actor: String(request.headers['lanyard-actor'] ?? ''),
    });
    const body = answer(request, url);
    if (body === 'hang') return;
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(body ?? { code: 'not-found', title: 'Not found.', title_zh: '没有找到。' }));
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    url: `http://localhost:${port}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, url: URL): unknown {
  const policy = { network: 'if-available', show_portrait: true };
  const names = { name_zh: '东门', name_en: 'East gate' };
  const checkpoint = { id: 'east-gate', number: 'a1b2c3d4e5f60718', ...names, policy, counter: null };
  if (url.pathname === '/v1/checkpoints') return { checkpoints: [checkpoint], next: null };
  if (url.pathname === '/v1/checkpoints/east-gate/counts')
    return {
      checkpoint: 'east-gate',
      day: '2026-11-23',
      totals: { accepted: 4120, rejected: 21, 'cannot-decide': 3 },
      counts: [{ source: 'gate', verdict: 'rejected', reason: 'replayed', n: 21 }],
    };
  if (url.pathname === '/v1/checkpoints/east-gate/enrolments' && request.method === 'POST')
    return { code: 'K7QF-2M9D-XT4W-8HRC', expires_at: AT };
  if (url.pathname === '/v1/partners') return { partners: [] };
  if (url.pathname === '/v1/agents')
    return {
      agents: [
        {
          id: 'agent-1',
          name: '东门 1 号',
          checkpoint_id: 'east-gate',
          enrolled_at: AT,
          last_contact_at: AT,
          package_sequence: 12,
          package_issued_at: AT,
          journal_sequence: 418,
          withdrawn_at: null,
        },
      ],
      next: null,
    };
  if (url.pathname === '/v1/agents/agent-1/withdraw') return {};
  if (url.pathname === '/v1/door-tags') {
    if (request.method === 'POST')
      return {
        number: 12,
        file: '0042D101',
        settings: '4000E0C1',
        keys: ['a', 'b', 'c', 'd', 'e'].map((c) => c.repeat(32)),
      };
    const tag = { number: 11, checkpoint_id: 'east-gate', name: '东门内侧', created_at: AT, withdrawn_at: null };
    return { tags: [{ ...tag, last_tap_at: AT, touches: 418, replays: 2 }] };
  }
  if (url.pathname === '/v1/door-tags/11/withdraw') return {};
  if (url.pathname === '/v1/live')
    return Number(url.searchParams.get('after') ?? 0) > 0
      ? 'hang'
      : {
          events: [{ n: 1, at: AT, checkpoint: 'east-gate', source: 'gate', verdict: 'rejected', reason: 'replayed' }],
          last: 1,
        };
  if (url.pathname === '/v1/emergency-modes') {
    if (request.method === 'POST') return { checkpoints: ['east-gate'], mode: 'lock', until: AT };
    const held = { checkpoint: 'east-gate', mode: 'lock', reason: '演练', set_by: 'operator', from: AT, until: AT };
    return { modes: [held] };
  }
  if (url.pathname === '/v1/emergency-modes/end') return { ended: ['east-gate'] };
  if (url.pathname === '/v1/emergency-list') return { listings: [], next: null };
  if (url.pathname === '/v1/double-uses') {
    const passages = ['agent-1', 'agent-2'].map((agent) => ({ checkpoint: 'east-gate', agent, at: AT }));
    return { double_uses: [{ id: 1, zone: 'campus', found_at: AT, passages }], next: null };
  }
  if (url.pathname === '/v1/guard-releases') {
    const actor = 'account:4d7c';
    const release = { id: 1, checkpoint: 'east-gate', actor, reason: '手机没电，已核对照片', at: AT };
    return { counts: [{ actor, n: 1, last_at: AT }], releases: [release], next: null };
  }
  if (url.pathname === '/v1/audit') return { rows: [], next: null };
  return undefined;
}
