import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { importJWK } from 'jose';
import { createPartnerClient } from '../../../../packages/partner-client/src/index.js';
import { signedIn } from './signed-in.js';
import { POLICY, type TestVerifier } from './start-verifier.js';

/** What a clerk at a counter is told. */
export interface CounterBody {
  code: string;
  tap: string;
  result: string;
  reason: string;
  title_en: string;
  interval: { from: string; to: string } | null;
  valid_until: string;
  year_from: string;
  year_to: string;
  uses: number;
  left: number;
  this_tap: string;
  used_today: { use: string; at: string }[];
}

/** A railway that asks for its discount, and counters of ours that work for it. */
export async function startRailway(verifier: TestVerifier) {
  const key = generateKeyPair();
  const register = async (change: object = {}, id = 'rail') => {
    const body = {
      ...{ name_zh: '铁路', name_en: 'Railway', keys: [key.jwk], purposes: ['rail-discount'], claims: ['interval'] },
      ...{ sandbox: false, checks_per_minute: 10_000, ...change },
    };
    const answer = await verifier.operator(`/v1/partners/${id}`, { method: 'PUT', body });
    if (answer.status !== 200) throw new Error(await answer.text());
  };
  await register();
  const credentials = {
    kind: 'private-key' as const,
    key: (await importJWK(key.privateKey.export({ format: 'jwk' }), 'ES256')) as never,
  };
  /** Sets a counter up as the operator does. */
  const put = async (id: string, change: object = {}, policy: object = {}) => {
    const counter = { partner: 'rail', entitlement: 'rail-student-discount' };
    const body = { name_zh: '售票处', name_en: 'Ticket counter', policy: { ...POLICY, ...policy }, counter, ...change };
    const answer = await verifier.operator(`/v1/checkpoints/${id}`, { method: 'PUT', body });
    return { status: answer.status, body: (await answer.json()) as { code?: string; counter?: object | null } };
  };
  return {
    register,
    put,
    client: createPartnerClient({ verifierUrl: verifier.url, partnerId: 'rail', credentials }),
    /** A window clerk at his page. */
    async clerk(...roles: string[]) {
      const session = await signedIn(verifier, ...(roles.length === 0 ? ['window-clerk@university'] : roles));
      const post = async (path: string, body: object = {}) => {
        const answer = await session.post(`/v1/staff/${path}`, body);
        return { status: answer.status, body: answer.body as unknown as CounterBody };
      };
      return {
        session,
        hear: async (checkpoint: string, after = 0, wait = 0) =>
          (await session.get(`/v1/staff/counter-taps?checkpoint=${checkpoint}&after=${after}&wait=${wait}`))
            .body as unknown as { code?: string; arrivals: { id: string; scheme: string }[]; last: number },
        open: (tap: string) => post(`counter-taps/${tap}/open`),
        use: (tap: string) => post(`counter-taps/${tap}/use`),
        refund: (tap: string, use = tap) => post(`counter-taps/${tap}/refunds`, { use }),
        scan: (checkpoint: string, code: string) => post('counter-scans', { checkpoint, code }),
      };
    },
  };
}
export type Railway = Awaited<ReturnType<typeof startRailway>>;
export type Clerk = Awaited<ReturnType<Railway['clerk']>>;
